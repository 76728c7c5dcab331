document.documentElement.classList.add("js");
document.addEventListener("input", (event) => {
  const range = event.target;
  if (range.matches(".wipe input")) {
    range.parentElement.style.setProperty("--x", range.value + "%");
  }
});
