// Switches light and dark at once; /prefer keeps the choice in a cookie, with or without script.
export default function theme(link) {
  link.addEventListener("click", (event) => {
    const root = document.documentElement;
    const to = link.dataset.themeTo;
    event.preventDefault();
    root.dataset.theme = to;
    fetch(link.href, { credentials: "same-origin", cache: "no-store", redirect: "manual" }).catch(() => {});
    const next = to === "dark" ? "light" : "dark";
    const url = new URL(link.href);
    url.searchParams.set("theme", next);
    link.href = url.href;
    link.dataset.themeTo = next;
    const label = [...link.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const english = root.lang.startsWith("en");
    if (label) label.data = next === "dark" ? (english ? "Dark" : "深色") : (english ? "Light" : "浅色");
  });
}
