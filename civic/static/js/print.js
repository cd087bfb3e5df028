// Shows a print button; without script the browser's own menu prints.
export default function print(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
