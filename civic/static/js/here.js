// "My position" of a check-in: asks the phone once, writes the coordinates into hidden fields, says how exact they are.
export default function here(box) {
  const go = box.querySelector("[data-here-go]");
  const said = box.querySelector("[data-here-said]");
  const field = (name) => box.querySelector(`[data-here-${name}]`);
  if (!go || !navigator.geolocation) return;
  const english = document.documentElement.lang.startsWith("en");
  const words = english
    ? { wait: "Looking for your position…", got: (m) => `Position noted, within ${m} m.`, denied: "The phone did not allow it. Write where you are, or say why not.", failed: "No position. Write where you are, or try again outdoors." }
    : { wait: "正在取位置……", got: (m) => `已取到位置，误差 ${m} 米。`, denied: "手机没有允许定位。在下面写一下，或说明为什么不提供。", failed: "没取到位置。在下面写一下，或到开阔处再试。" };
  go.hidden = false;
  go.querySelector("button").addEventListener("click", () => {
    said.textContent = words.wait;
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      field("lng").value = coords.longitude.toFixed(6);
      field("lat").value = coords.latitude.toFixed(6);
      field("accuracy").value = String(Math.round(coords.accuracy));
      field("datum").value = "WGS-84";
      said.textContent = words.got(Math.round(coords.accuracy));
    }, (error) => { said.textContent = error.code === 1 ? words.denied : words.failed; }, { enableHighAccuracy: true, timeout: 15_000, maximumAge: 30_000 });
  });
}
