// A chart one can point at, drawn over the picture from the same rows as the table beside it. Without this script, or
// without the installed library, the picture stays; where there is none, the table alone.

const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
let asked = null;

/** The installed library, read once; a plain script from our own origin. */
function library(address) {
  asked ??= new Promise((done, fail) => {
    if (!address) { fail(new Error("not installed")); return; }
    const script = Object.assign(document.createElement("script"), { src: address, onload: () => done(window.Chart), onerror: fail });
    document.head.append(script);
  });
  return asked;
}

const LOOKS = [
  { colour: "gov", pointStyle: "rect", borderDash: [] },
  { colour: "ink", pointStyle: "circle", borderDash: [7, 4] },
  { colour: "news", pointStyle: "rectRot", borderDash: [2, 3] },
];

function datasets(data) {
  return data.series.map((one, number) => {
    const { colour, ...look } = LOOKS[number % LOOKS.length];
    return { label: one.name, data: one.values, borderColor: ink(colour), backgroundColor: ink(colour), borderWidth: data.kind === "line" ? 2 : 0,
      pointRadius: 4, pointHoverRadius: 6, spanGaps: false, maxBarThickness: 22, ...look };
  });
}

/** The 95 % interval as a thin line over each bar. */
const whiskers = (data) => ({
  id: "whiskers",
  afterDatasetsDraw(chart) {
    const { low, high } = data.series[0];
    if (!low || !high) return;
    const { ctx, scales } = chart;
    chart.getDatasetMeta(0).data.forEach((bar, number) => {
      if (low[number] === null || high[number] === null) return;
      const [from, to] = [scales.x.getPixelForValue(low[number]), scales.x.getPixelForValue(high[number])];
      for (const [colour, width] of [[ink("sheet"), 4], [ink("ink"), 1.5]]) {
        ctx.save();
        Object.assign(ctx, { strokeStyle: colour, lineWidth: width });
        ctx.beginPath();
        for (const [a, b, c, d] of [[from, bar.y, to, bar.y], [from, bar.y - 4, from, bar.y + 4], [to, bar.y - 4, to, bar.y + 4]]) { ctx.moveTo(a, b); ctx.lineTo(c, d); }
        ctx.stroke();
        ctx.restore();
      }
    });
  },
});

function options(data, suffix) {
  const lying = data.kind === "bar" && data.lying;
  const text = { color: ink("ink-2"), font: { family: getComputedStyle(document.body).fontFamily, size: 13 } };
  const values = { beginAtZero: true, ...(suffix === "%" ? { max: 100 } : {}), grid: { color: ink("rule") }, ticks: { ...text, callback: (value) => `${value}${suffix}` } };
  const names = { grid: { display: false }, ticks: { ...text, autoSkip: !lying } };
  return {
    indexAxis: lying ? "y" : "x", responsive: true, maintainAspectRatio: false, animation: calm ? false : { duration: 200 },
    interaction: { mode: "index", intersect: false, axis: lying ? "y" : "x" },
    scales: lying ? { x: values, y: names } : { x: names, y: values },
    plugins: {
      legend: { display: data.series.length > 1, labels: { ...text, usePointStyle: true } },
      tooltip: { callbacks: { label: (item) => {
        const one = data.series[item.datasetIndex];
        const between = one.low && one.low[item.dataIndex] !== null ? `（95%: ${one.low[item.dataIndex]}–${one.high[item.dataIndex]}${suffix}）` : "";
        return `${one.name} ${one.said?.[item.dataIndex] ?? `${item.formattedValue}${suffix}`}${between}`;
      } } },
    },
  };
}

export default async function start(figure) {
  try {
    const answer = await fetch(figure.dataset.src, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`chart ${answer.status}`);
    const data = await answer.json();
    if (!data.labels.length) return;
    const Chart = await library(data.library);
    const box = Object.assign(document.createElement("div"), { className: "chart-live" });
    const canvas = box.appendChild(document.createElement("canvas"));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", figure.dataset.label);
    if (data.lying) box.classList.add(data.labels.length > 24 ? "tallest" : data.labels.length > 12 ? "taller" : data.labels.length > 6 ? "tall" : "low");
    figure.prepend(box);
    figure.hidden = false;
    new Chart(canvas, { type: data.kind, data: { labels: data.labels, datasets: datasets(data) }, options: options(data, data.series[0].suffix ?? ""), plugins: [whiskers(data)] });
    figure.querySelector("picture")?.remove();
    figure.dataset.state = "ready";
  } catch {
    figure.querySelector(".chart-live")?.remove();
    figure.dataset.state = "off";
  }
}
