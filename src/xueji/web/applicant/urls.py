"""Paths of the portal of applicants."""

from __future__ import annotations

from django.urls import path

from xueji.web.applicant import (
    account,
    application_status,
    blacklist,
    drafting,
    entrance,
    home,
    identity,
    inbox,
    photographing,
    register,
    submitting,
    supplementing,
)

app_name = "applicant"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", entrance.sign_in, name="sign_in"),
    path("sign-in/code/", entrance.sign_in_code, name="sign_in_code"),
    path("sign-out/", entrance.sign_out, name="sign_out"),
    path("account/", account.account, name="account"),
    path("account/sign-out/", account.sign_out_everywhere, name="sign_out_everywhere"),
    path("messages/", inbox.inbox, name="inbox"),
    path("register/", register.register, name="register"),
    path("register/<uuid:own_enrolment_id>/", register.own_record, name="own_record"),
    path("register/<uuid:own_enrolment_id>/correction/", register.correction, name="correction"),
    path(
        "register/corrections/<uuid:own_request_id>/withdrawal/",
        register.correction_withdrawal,
        name="correction_withdrawal",
    ),
    path("identity/", identity.identity, name="identity"),
    path("applications/new/", drafting.new_application, name="new_application"),
    path("applications/<uuid:graduate_application_id>/", drafting.application, name="application"),
    path("applications/<uuid:graduate_application_id>/facts/<slug:section_key>/", drafting.section, name="section"),
    path("applications/<uuid:graduate_application_id>/papers/<slug:paper_key>/", photographing.paper, name="paper"),
    path("applications/<uuid:graduate_application_id>/commitment/", photographing.commitment, name="commitment"),
    path("applications/<uuid:graduate_application_id>/check/", submitting.check, name="check"),
    path("applications/<uuid:graduate_application_id>/receipt/", submitting.receipt, name="receipt"),
    path("applications/<uuid:graduate_application_id>/supplement/", supplementing.supplement, name="supplement"),
    path(
        "applications/<uuid:graduate_application_id>/supplement/<uuid:defect_id>/",
        supplementing.supplement_item,
        name="supplement_item",
    ),
    path("applications/<uuid:graduate_application_id>/withdrawal/", application_status.withdrawal, name="withdrawal"),
    path("blacklist/<uuid:own_entry_id>/", blacklist.own_entry, name="own_entry"),
    path("blacklist/<uuid:own_entry_id>/answers/<int:own_answer_id>/", blacklist.own_answer, name="own_answer"),
    path("pictures/<uuid:picture_id>/", photographing.picture, name="picture"),
    path("pictures/<uuid:picture_id>/removal/", photographing.picture_removal, name="picture_removal"),
]
