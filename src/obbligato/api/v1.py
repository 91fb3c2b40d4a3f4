"""Assemble version 1 of the JSON API from its nouns. It holds no endpoint itself."""

from django.conf import settings
from ninja.openapi.docs import Swagger

from obbligato.api.boundary import StrictParser
from obbligato.api.describing import INTRODUCTION, DescribedAPI
from obbligato.api.endpoints import catalogue, claims, library, orders, quotes, tokens, wallet
from obbligato.api.problems import answer_all_problems_of

api = DescribedAPI(
    title=f"{settings.SITE_NAME} API",
    version="1.0.0",
    description=INTRODUCTION,
    urls_namespace="api",
    parser=StrictParser(),
    # Swagger's page would otherwise ask a stranger's server whether our document is valid.
    docs=Swagger({"validatorUrl": None, "docExpansion": "list", "tryItOutEnabled": True}),
)
api.add_router("/v1/tokens", tokens.router, tags=["tokens"])
api.add_router("/v1", catalogue.router, tags=["catalogue"])
api.add_router("/v1", quotes.router, tags=["quotes"])
api.add_router("/v1/orders", orders.router, tags=["orders"])
api.add_router("/v1/wallet", wallet.router, tags=["wallet"])
api.add_router("/v1/library", library.router, tags=["library"])
api.add_router("/v1/claims", claims.router, tags=["claims"])
answer_all_problems_of(api)
