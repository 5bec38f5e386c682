// The stylesheet's colors follow the system's, from before the first paint.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; // As bootstrap wants to be told,
  document.documentElement.classList.toggle("dark-mode", dark.matches); // and the OpenAPI viewer.
};
dark.addEventListener("change", follow);
follow();
