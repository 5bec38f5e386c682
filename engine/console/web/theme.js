// The colors follow the system's setting, before the first paint.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; // for Bootstrap,
  document.documentElement.classList.toggle("dark-mode", dark.matches); // and for the OpenAPI viewer
};
dark.addEventListener("change", follow);
follow();
