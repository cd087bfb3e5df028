// The day's list: up, down and lead without leaving the page. Without script each button is a form of its own.
export default function dayorder(box) {
  box.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-do]");
    if (!form) return;
    event.preventDefault();
    const item = form.closest(".day-item");
    const wanted = form.dataset.do;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(box.id);
      if (!answer.ok || !fresh) throw new Error("refused");
      const list = fresh.querySelector(".day-items");
      box.querySelector(".day-items").replaceWith(document.adoptNode(list));
      // what is confirmed is what is seen: the number of the last change goes with the list
      const seen = page.querySelector(".day-confirm");
      const held = document.querySelector(".day-confirm");
      if (seen && held) held.replaceWith(document.adoptNode(seen));
      const here = document.getElementById(item.id);
      const button = here?.querySelector(`form[data-do="${wanted}"] button:not([disabled])`) ?? here?.querySelector("button:not([disabled]), a");
      button?.focus();
      const said = box.querySelector("[data-said]");
      if (said) said.textContent = `${here?.querySelector("h3")?.textContent.trim() ?? ""} ${here?.querySelector(".day-no")?.textContent.trim() ?? ""}`;
    } catch {
      form.submit();
    }
  });
}
