// Says plainly when the phone is offline; the upload queue reports through a "sync" event {done, total}.
export default function sync(bar) {
  const english = document.documentElement.lang.startsWith("en");
  const say = (text, waiting) => {
    bar.hidden = !text;
    bar.classList.toggle("waiting", waiting);
    if (bar.textContent !== text) bar.textContent = text;
  };
  addEventListener("offline", () => say(english ? "Offline. What you write is kept on this phone." : "没有网络。写的内容先存在这台手机上。", true));
  addEventListener("online", () => say("", false));
  document.addEventListener("sync", ({ detail }) => {
    const { done, total } = detail;
    say(total ? (english ? `${done}/${total} sent` : `${done}/${total} 已传`) : "", done < total);
  });
  if (!navigator.onLine) dispatchEvent(new Event("offline"));
}
