// Asks before leaving a form with unsent text.
export default function leaveGuard(form) {
  if (document.body.classList.contains("shell-tip")) return;
  let dirty = false;
  const ask = (event) => { if (dirty) event.preventDefault(); };
  form.addEventListener("input", () => {
    if (!dirty) addEventListener("beforeunload", ask);
    dirty = true;
  });
  form.addEventListener("submit", () => { dirty = false; removeEventListener("beforeunload", ask); });
}
