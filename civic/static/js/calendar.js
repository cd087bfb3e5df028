// Keys of the calendar: arrows go from day to day, m w d change the view, t goes to today, p and n a step. Links do it without script.
export default function calendar(head) {
  head.dataset.ready = "";
  const days = () => [...document.querySelectorAll("[data-day]")];
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.target.closest("input, textarea, select")) return;
    const link = head.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
      return;
    }
    const step = steps[event.key];
    const all = days();
    if (!step || !all.length) return;
    const at = all.indexOf(document.activeElement);
    if (at < 0 && (event.key === "ArrowUp" || event.key === "ArrowDown")) return;
    const today = all.findIndex((one) => one.hasAttribute("aria-current"));
    const next = at < 0 ? all[Math.max(today, 0)] : all[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
