// Keeps "还有 2 小时" and "3 分钟前" true while the page stays open.
const DAY = 1440;
const english = () => document.documentElement.lang.startsWith("en");

function span(minutes) {
  const [n, unit] = minutes < 60 ? [Math.max(1, Math.floor(minutes)), 0]
    : minutes < 2 * DAY ? [Math.floor(minutes / 60), 1] : [Math.floor(minutes / DAY), 2];
  return `${n} ${(english() ? ["min", "h", "d"] : ["分钟", "小时", "天"])[unit]}`;
}

function text(element) {
  const until = element.dataset.until;
  const stamp = until ?? element.dateTime;
  const moment = new Date(stamp.length === 10 ? `${stamp}T23:59:00+08:00` : stamp);
  const minutes = (moment - Date.now()) / 60000;
  if (Number.isNaN(minutes)) return null;
  if (until !== undefined) {
    return minutes > 0 ? (english() ? `${span(minutes)} left` : `还有 ${span(minutes)}`) : (english() ? `${span(-minutes)} late` : `已超 ${span(-minutes)}`);
  }
  if (minutes > -1) return element.textContent;
  return english() ? `${span(-minutes)} ago` : `${span(-minutes)}前`;
}

const watched = new Set();
const refresh = () => {
  for (const element of watched) {
    const now = text(element);
    if (now !== null && now !== element.textContent) element.textContent = now;
  }
};
setInterval(refresh, 60_000);

export default function relative(element) {
  watched.add(element);
}
