"""Readers and their loans."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.db import models


class Reader(AbstractBaseUser, PermissionsMixin):
    """Somebody who takes books home; signs in by e-mail."""

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"


class Loan(models.Model):
    """A book that is out."""

    reader = models.ForeignKey(Reader, models.CASCADE, related_name="loans")
    book = models.CharField(max_length=200)
    due = models.DateField()

    def __str__(self) -> str:
        return self.book
