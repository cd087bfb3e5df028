// Counts code points against a limit; warns, never cuts.
export default function counter(output) {
  const field = document.getElementById(output.dataset.for);
  const limit = Number(output.dataset.max);
  if (!field || !limit) return;
  const english = document.documentElement.lang.startsWith("en");
  const show = () => {
    const used = [...field.value.replace(/\r\n/g, "\n")].length;
    const left = limit - used;
    output.classList.toggle("over", left < 0);
    output.textContent = english
      ? left < 0 ? `${-left} over the limit of ${limit}` : `${used} / ${limit}`
      : left < 0 ? `超出 ${-left} 字（最多 ${limit} 字）` : `${used} / ${limit} 字`;
  };
  field.addEventListener("input", show);
  show();
}
