// «From where I am»: asks for the position on a tap, puts it into the form and sends it by POST. Nothing is kept.

export default function fromHere(form) {
  if (!navigator.geolocation) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    if (form.lng.value) return;
    event.preventDefault();
    navigator.geolocation.getCurrentPosition((found) => {
      form.lng.value = found.coords.longitude.toFixed(6);
      form.lat.value = found.coords.latitude.toFixed(6);
      form.submit();
    }, () => form.submit(), { timeout: 10000, maximumAge: 60000 });
  });
}
