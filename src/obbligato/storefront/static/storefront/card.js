// Puts the payment company's fields into the page and sends her on when they were accepted.
// It never sees a card, and says one sentence for every refusal: a thief with a list of cards would learn from more.
(() => {
  "use strict";
  const form = document.getElementById("card-form");
  const button = form.querySelector("button");
  const back = form.dataset.returnUrl;
  form.hidden = false;

  const say = (what) => {
    for (const said of form.querySelectorAll("[data-said]")) said.hidden = said.dataset.said !== what;
  };

  if (typeof Stripe !== "function") {
    say("unreachable");
    return;
  }
  const stripe = Stripe(form.dataset.publishableKey);
  const elements = stripe.elements({ clientSecret: form.dataset.clientSecret });
  const fields = elements.create("payment");
  fields.on("ready", () => { button.disabled = false; });
  fields.on("loaderror", () => say("unreachable"));
  fields.mount("#card-fields");

  const SENTENCES = { validation_error: "incomplete", card_error: "refused" };

  const pay = async () => {
    // Where it is accepted the browser leaves for the return page, and nothing below is reached.
    const { error } = await stripe.confirmPayment({ elements, confirmParams: { return_url: back } });
    if (error.code === "payment_intent_unexpected_state") location.assign(back); // Paid already, in another tab.
    else say(SENTENCES[error.type] || "trouble");
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say("paying");
    pay().catch(() => say("trouble")).finally(() => { button.disabled = false; });
  });
})();
