"""The storefront's addresses: nouns, with a verb only in the method."""

from django.urls import URLPattern, path

from obbligato.storefront.views import baskets, catalogue, checkout, library, papers, places, sandbox, wallet

urlpatterns: list[URLPattern] = [
    path("", catalogue.home, name="home"),
    path("releases/<slug:slug>", catalogue.release, name="release"),
    path("releases/<slug:slug>/quote", catalogue.release_quote, name="release_quote"),
    path("artists/<slug:slug>", catalogue.artist, name="artist"),
    path("search", catalogue.search, name="search"),
    path("basket", baskets.basket, name="basket"),
    path("basket/bundles", baskets.bundles, name="basket_bundles"),
    path("basket/bundles/<str:bundle>/removal", baskets.removal, name="basket_removal"),
    path("basket/quotes", baskets.quotes, name="basket_quotes"),
    path("checkout", checkout.checkout, name="checkout"),
    path("orders", checkout.orders, name="orders"),
    path("orders/<str:number>", checkout.order, name="order"),
    path("orders/<str:number>/payment", checkout.payment, name="order_payment"),
    path("orders/<str:number>/cancellation", checkout.cancellation, name="order_cancellation"),
    path("orders/<str:number>/receipt", papers.receipt, name="receipt"),
    path("orders/<str:number>/invoice", papers.invoice, name="invoice"),
    path("orders/<str:number>/invoices/<str:invoice_number>", papers.invoice_pdf, name="invoice_pdf"),
    path("wallet", wallet.wallet, name="wallet"),
    path("wallet/top-ups", wallet.top_up, name="top_up"),
    path("wallet/top-ups/<str:number>", wallet.attempt, name="attempt"),
    path("sandbox/<str:reference>", sandbox.charge, name="sandbox"),
    path("sandbox/<str:reference>/decision", sandbox.decision, name="sandbox_decision"),
    path("library", library.library, name="library"),
    path("library.zip", library.library_zip, name="library_zip"),
    path("library/<slug:slug>", library.library_release, name="library_release"),
    path("library/<slug:slug>/tracks/<int:track_id>", library.library_track, name="library_track"),
    path("library/<slug:slug>/difference", library.library_difference, name="library_difference"),
    path("library/<slug:slug>/download", library.library_download, name="library_download"),
    path("library/<slug:slug>/readiness", library.library_readiness, name="library_readiness"),
    path("country", places.country, name="country"),
    path("help", places.help_page, name="help"),
]
