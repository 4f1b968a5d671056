"""The public help pages."""

from django.urls import path

from memory import views

app_name = "memory"
urlpatterns = [
    path("<slug:site_key>/", views.index, name="index"),
    path("<slug:site_key>/<slug:slug>/", views.article, name="article"),
]
