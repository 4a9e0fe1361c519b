"""What the register shows against the negative list: one module a way of looking, each a few statements over all schools asked for."""

from xueji.supervision.searches.intakes import search_admissions, search_intakes
from xueji.supervision.searches.records import search_absences, search_duplicates, search_unfiled_students
from xueji.supervision.searches.scope import ListedMatter, Scope, scopes_of
from xueji.supervision.searches.systems import search_sites, search_systems

SEARCHES = {
    "FM2": search_admissions,
    "FM3": search_duplicates,
    "FM4": search_absences,
    "FM5": search_systems,
    "FM6": search_sites,
    "FM7": search_unfiled_students,
    "FM8": search_intakes,
}

__all__ = ["SEARCHES", "ListedMatter", "Scope", "scopes_of"]
