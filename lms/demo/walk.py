"""The demonstration from end to end: what is set up first, then the main job, walked over HTTP against the real server.

A further job is further steps at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from lms.demo import (
    award,
    hall,
    ladder,
    learner,
    modules,
    money,
    neighbours,
    officers,
    prep,
    public,
    registration,
    roster,
    selection,
    senior,
    stage,
    tuition,
)
from lms.demo.cast import OFFICERS
from lms.demo.knowledge import Knowledge
from lms.demo.scene import Scene
from lms.demo.site import served
from lms.demo.steps import Step
from lms.kernel import clock
from lms.kernel.errors import Conflict


def _database(scene: Scene) -> str:
    with scene.app.app_context():
        return f"{stage.database_and_city():,} units of the city"


def _packages(scene: Scene) -> str:
    with scene.app.app_context():
        known = stage.read_packages(scene.courses)
        stage.publish_packages(known)
    scene.knowledge = Knowledge.of(known)
    return f"{len(known)} courses, {len(scene.knowledge.items)} questions"


def _accounts(scene: Scene) -> str:
    with scene.app.app_context():
        stage.exams_and_kinds()
        stage.appoint(OFFICERS)
        roster.write(scene.roster_path, scene.people, stage.community_labels())
    scene.roster = roster.read(scene.roster_path.read_bytes())
    return f"{len(OFFICERS)} officers, {len(scene.roster):,} people on {scene.roster_path}"


def _server(scene: Scene) -> str:
    scene.server = scene.open_until_end.enter_context(served(scene.site))
    return f"{scene.site.url}, jobs beside it"


def _neighbours(scene: Scene) -> str:
    with scene.app.app_context():
        found = neighbours.settle(scene.roster, scene.note)
        hall.hold_exams(found, scene.note)
        printed = hall.issue_certificates(scene.note)
    return f"{len(found.studying)} studying, {len(found.candidates)} examined, {printed} new certificates"


def _next_walker(scene: Scene) -> str:
    last = len(scene.roster) - neighbours.share(len(scene.roster))
    while True:
        scene.walk = scene.notebook.begin_walk()
        if scene.walk > last:
            raise Conflict("Everybody on the roster has walked.", todo=f"To begin anew: rm -r {scene.site.folder}")
        if scene.walker.may_climb(clock.today()):
            break
    return officers.hand_out_code(scene)


STEPS: Sequence[Step[Scene]] = (
    Step("Database and city", _database),
    Step("Course packages", _packages),
    Step("Exams, certificates, accounts, roster", _accounts),
    Step("The academy starts", _server),
    Step("Officers sign in with a second factor", officers.sign_in_all),
    Step("HR imports the roster", officers.import_roster),
    Step("Others study, sit exams, get certificates", _neighbours),
    Step("Exam officer opens a session", officers.announce_session),
    Step("The trainer opens a subject to practise", prep.open_subject),
    Step("HR hands out an activation code", _next_walker),
    Step("A community worker opens an account", learner.open_account),
    Step("  practises free, each answer explained", prep.practise),
    Step("  and sees how ready they are", prep.see_forecast),
    Step("  chooses a course", learner.enrol),
    Step("  studies it", learner.study),
    Step("  registers for the exam", learner.register),
    Step("  sits it, each answer with a receipt", learner.sit),
    Step("  hands in", learner.hand_in),
    Step("Exam officer has it marked, publishes", officers.publish_results),
    Step("The worker sees score and map", learner.see_result),
    Step("  and the hours in the ledger", learner.see_hours),
    Step("HR issues the certificate", officers.issue_certificate),
    Step("The worker downloads the PDF", public.fetch_pdf),
    Step("A stranger verifies it", public.verify),
    Step("Operator switches on payouts and schemes", modules.switch_on),
    Step("Those who decide and pay sign in", officers.sign_in_awarders),
    Step("HR sets the award and how it is decided", award.set_up),
    Step("  and what tuition is paid", tuition.set_up),
    Step("Budget officer funds both", money.fund),
    Step("The worker is invited, and claims it", award.claim),
    Step("  the street agrees", award.street_agrees),
    Step("  the county agrees", award.county_agrees),
    Step("  the city agrees", award.city_agrees),
    Step("HR publishes the notice", award.publish_notice),
    Step("The worker asks for a degree study", tuition.apply),
    Step("  signs the service agreement", tuition.sign),
    Step("  claims the first fee with its receipt", tuition.claim),
    Step("  the street compares the receipt", tuition.compare),
    Step("  four levels agree, HR publishes", tuition.decide),
    Step("A payer gathers a batch, two sign it", money.sign_batch),
    Step("  sends the payment file to the bank", money.send_file),
    Step("  and writes the bank's result", money.write_result),
    Step("The worker sees the award paid", award.see_paid),
    Step("  and the tuition", tuition.see_paid),
    Step("Operator switches subsidies off, and on", modules.switch_off_and_on),
    Step("A volunteer of no roster signs up", prep.sign_up),
    Step("  practises, and sees how ready they are", prep.practise_too),
    Step("The worker learned in earlier years", registration.learn_in_earlier_years),
    Step("HR records a registration of three years", registration.record_certificate),
    Step("The worker sees what is missing in them", registration.see_missing),
    Step("  claims this year's training outside", registration.claim_hours),
    Step("  the county agrees to its hours", registration.county_agrees_to_hours),
    Step("The worker sees three years of hours, met", registration.see_three_years),
    Step("  asks to be registered again", registration.apply),
    Step("  the county agrees", registration.county_agrees),
    Step("  the city registers", registration.city_agrees),
    Step("The worker sees the next three years", registration.see_next_cycle),
    Step("The officer of the rounds signs in", selection.sign_in),
    Step("The worker applied in yesterday's round", ladder.RUNG.begin_yesterday),
    Step("  employer recommends, county agrees", ladder.RUNG.recommend),
    Step("  a panel is named, the scoring begins", ladder.RUNG.name_panel),
    Step("  three members score by themselves", ladder.RUNG.score),
    Step("  the scores closed, the list confirmed", ladder.RUNG.rank),
    Step("  another of the city agrees, publishes", ladder.RUNG.publish_result),
    Step("The worker sees the appointment", ladder.see_appointment),
    Step("  and what the ladder asks for next", ladder.see_next_rung),
    Step("The worker applied to the senior class", senior.ADMISSION.begin_yesterday),
    Step("  employer recommends, county agrees", senior.ADMISSION.recommend),
    Step("  three score, the list is confirmed", senior.ADMISSION.select),
    Step("  another of the city agrees, publishes", senior.ADMISSION.publish_result),
    Step("HR makes the class", senior.make_class),
    Step("  who was admitted gets a seat in it", senior.place),
    Step("  a meeting is under way, the class begins", senior.plan_meeting),
    Step("The worker checks in with the code shown", senior.check_in),
    Step("  the trainer ends it, sets a capstone", senior.close_meeting),
    Step("  the worker hands it in", senior.hand_in),
    Step("  two mark it, neither sees the other's", senior.mark),
    Step("HR ends the class, confirms who graduates", senior.graduate),
    Step("The worker sees it, and its hours", senior.see_graduation),
    Step("  and stands on the list of alumni", senior.see_alumni),
)
