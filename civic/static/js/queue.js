// Keyboard for the desk's queue: j/k move and show the row in the pane, Enter or o opens, x ticks, a letter presses the move that shows it.
// Without script the links do it.
const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const PAUSE = 180;

export default function queue(box) {
  const rows = () => [...box.querySelectorAll("[data-row]")];
  const link = (row) => row?.querySelector(".queue-title a");
  let at = rows().findIndex((row) => row.querySelector("[aria-current]"));
  let wait = 0;
  let running;

  // puts the row's pane beside the list; on any trouble the link still works
  async function show(row) {
    const address = link(row)?.href;
    const pane = document.getElementById(box.dataset.pane);
    if (!address || !pane || pane.offsetParent === null) return;
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(address, { signal: running.signal, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(pane.id);
      if (!fresh || row !== rows()[at]) return;
      document.getElementById(pane.id)?.replaceWith(document.adoptNode(fresh));
      for (const one of box.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
      link(row).setAttribute("aria-current", "true");
      history.replaceState(history.state, "", address.split("#")[0]);
    } catch { /* gone or slow: Enter opens it */ }
  }

  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    at = Math.min(Math.max(at + step, 0), all.length - 1);
    for (const row of all) row.classList.remove("current");
    all[at].classList.add("current");
    all[at].scrollIntoView({ block: "nearest" });
    link(all[at])?.focus({ preventScroll: true });
    clearTimeout(wait);
    wait = setTimeout(show, PAUSE, all[at]);
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
