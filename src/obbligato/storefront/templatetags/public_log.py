"""What templates of the public log need: the sentence of a kind."""

from django import template

from obbligato.storefront.log_words import sentence

register = template.Library()
register.filter("log_sentence", sentence)
