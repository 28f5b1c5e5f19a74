"""Stripe for staff: the accounts of brands, and what stands in Stripe's book and is nothing of ours."""

from django.urls import path

from tollbook.gateways.stripe.staff import accounts
from tollbook.web.menu import MenuEntry

MENU = [MenuEntry("Stripe", "staff-gateway_stripe:list", "credit-card", 23)]
urls = [
    path("", accounts.listed, name="list"),
    path("do/<str:what>/", accounts.do, name="do"),
]
