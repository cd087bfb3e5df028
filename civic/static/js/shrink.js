// Makes photos smaller before they travel (long edge 2560 px, JPEG) and lists them with a preview. Re-encoding in the
// browser also drops most metadata, but the promise is kept by the server alone.
const EDGE = 2560;
const SMALL = 1_500_000;

async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < SMALL) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

const size = (bytes) => bytes > 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} KB`;

export default function shrink(input) {
  const list = document.createElement("ul");
  list.className = "files";
  list.setAttribute("role", "list");
  input.after(list);
  let urls = [];
  input.addEventListener("change", async () => {
    for (const url of urls) URL.revokeObjectURL(url);
    urls = [];
    list.replaceChildren();
    const ready = await Promise.all([...input.files].map(smaller));
    const box = new DataTransfer();
    for (const file of ready) box.items.add(file);
    input.files = box.files;
    for (const file of ready) {
      const row = document.createElement("li");
      if (file.type.startsWith("image/")) {
        const image = new Image(64, 48);
        image.alt = "";
        image.className = "file-thumb";
        image.src = URL.createObjectURL(file);
        urls.push(image.src);
        row.append(image);
      }
      const name = document.createElement("span");
      name.className = "file-name";
      name.textContent = `${file.name} · ${size(file.size)}`;
      row.append(name);
      list.append(row);
    }
  });
}
