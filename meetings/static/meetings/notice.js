/* While the PDF of a notice is being made, its button is looked for again. */

import { refreshing } from "../hub/refresh.js";

const EVERY_MS = 2500;
const LONGEST = 60;
const live = document.getElementById("notice-pdf");

if (live) {
  const refresh = refreshing("notice-pdf");
  let looked = 0;
  const timer = setInterval(() => {
    looked += 1;
    if (!live.querySelector("[data-making]") || looked > LONGEST) clearInterval(timer);
    else refresh();
  }, EVERY_MS);
}
