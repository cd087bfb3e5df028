// Leaves without a trace in the back button: the link replaces this page. Escape twice does the same.
export default function quickLeave(link) {
  let last = 0;
  const go = (event) => {
    event?.preventDefault();
    document.body.hidden = true;
    location.replace(link.href);
  };
  link.addEventListener("click", go);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 800) go(event);
    last = event.timeStamp;
  });
}
