"""Persons and enrolments; ID numbers encrypted at rest."""
