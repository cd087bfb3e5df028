// What is chosen in the search is written into the form's own place fields, where it can be seen and changed.

const english = document.documentElement.lang.startsWith("en");
const said = english ? (name, point) => `Filled in: ${name}${point ? ", with its point" : ""}.` : (name, point) => `已填：${name}${point ? "，带坐标" : ""}。`;

export default function placefill(box) {
  const field = (name) => (box.dataset[name] ? document.getElementById(box.dataset[name]) : null);
  const [address, area, lng, lat, datum] = ["address", "area", "lng", "lat", "datum"].map(field);
  if (!address || !area) return;
  box.hidden = false;
  box.addEventListener("place:chosen", (event) => {
    event.preventDefault();
    const place = event.detail;
    const code = [place.village, place.town].find((one) => one && [...area.options].some((option) => option.value === one));
    if (code) area.value = code;
    const own = place.kind === "road" || place.kind === "landmark" || place.kind === "area";
    if (own && !address.value.includes(place.name)) address.value = [place.name, address.value].filter(Boolean).join(" ");
    const point = Boolean(lng && lat && place.lng !== null && !place.approx && place.kind !== "town");
    if (lng && lat) { lng.value = point ? place.lng : ""; lat.value = point ? place.lat : ""; }
    if (datum) datum.value = point ? "wgs84" : "";
    box.querySelector(".place-filled").textContent = said(place.name, point);
    for (const one of [address, area]) one.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
