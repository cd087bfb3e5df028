// Place picker, stub: shows "use my position" and writes the coordinates. The map itself comes with the map module.
export default function place(box) {
  const lat = document.getElementById(box.dataset.lat);
  const lng = document.getElementById(box.dataset.lng);
  const tools = box.querySelector("[data-place-tools]");
  if (!lat || !lng || !tools || !navigator.geolocation) return;
  const here = tools.querySelector("[data-place-here]");
  const clear = tools.querySelector("[data-place-clear]");
  const english = document.documentElement.lang.startsWith("en");
  const note = (name, value) => {
    const field = document.getElementById(box.dataset[name] ?? "");
    if (field) field.value = value;
  };
  tools.hidden = false;
  clear.hidden = !lat.value;
  here.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      lat.value = coords.latitude.toFixed(6);
      lng.value = coords.longitude.toFixed(6);
      note("source", "gps");
      note("datum", "wgs84");
      note("accuracy", Math.round(coords.accuracy));
      clear.hidden = false;
      here.lastChild.textContent = english ? "Position noted" : "已记下现在的位置";
    }, () => { here.lastChild.textContent = english ? "No position; type it below" : "没拿到位置，请在下面写"; }, { enableHighAccuracy: true, timeout: 10_000 });
  });
  clear.addEventListener("click", () => { lat.value = ""; lng.value = ""; clear.hidden = true; });
}
