// Keyboard for the desk's queue: j/k move, Enter or o opens, x ticks, a letter presses the move that shows it. Without script the links do it.
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

export default function queue(box) {
  const rows = () => [...box.querySelectorAll("[data-row]")];
  const link = (row) => row?.querySelector(".queue-title a");
  let at = rows().findIndex((row) => row.querySelector("[aria-current]"));

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    at = Math.min(Math.max(at + step, 0), all.length - 1);
    for (const row of all) row.classList.remove("current");
    all[at].classList.add("current");
    all[at].scrollIntoView({ block: "nearest" });
    link(all[at])?.focus({ preventScroll: true });
  };

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    o: () => link(rows()[at])?.click(),
    x: () => rows()[at]?.querySelector("input[type=checkbox]")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
      return;
    }
    if (!/^[a-z]$/.test(event.key)) return;
    const button = document.querySelector(`[data-key="${event.key}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });
}
