// Shows a copy button where copying is possible.
export default function copy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.setAttribute("aria-live", "polite");
    button.textContent = document.documentElement.lang.startsWith("en") ? "Copied" : "已复制";
  });
}
