"""The review of questions made from documents: pairs beside their passage, marked by key, sampled, and saved.

Knows: its own layout and events, and what one visitor is looking at. Must not know how pairs are made, marked or
saved.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from lab import access, synth, words
from lab.errors import DataError, LabError
from lab.synth.review import STATUSES, State
from lab.ui.page import Selection
from lab.ui.present import tag, text
from lab.ui.tabs.data_showing import Showing, only_documents
from lab.ui.tabs.review_making import MakingPanel, split_choice
from lab.ui.views import review as view

if TYPE_CHECKING:
    from lab.ui.tabs.data import DataTab

QUICK = 1000
"""So many pairs at most have what they cover worked out again with every mark; more of them with every page."""
_KEEP_NAME = "(name) => { localStorage.setItem('lab-reviewer', name); }"
_KEPT_NAME = "(name) => localStorage.getItem('lab-reviewer') || name"
_BECOMES = {"accept": "accepted", "reject": "rejected"}


@dataclass(frozen=True)
class Reviewing:
    """What one visitor looks at in a review."""

    job: str = ""
    status: str = ""
    rule: str = ""
    code: str = ""
    section: str = ""
    sample: str = ""
    """The rule whose drawn pairs alone are shown."""
    page: int = 0
    current: str = ""
    """Id of the pair the keys act on."""
    editing: str = ""


class ReviewPanel:
    """The way from documents to reviewed pairs."""

    def __init__(self, tab: DataTab) -> None:
        self.tab = tab
        self.page = tab.page
        self.lab = tab.lab
        self.making = MakingPanel(self)

    def build(self) -> None:
        """Lay out the panel in the current context."""
        say = self.page.say
        self.reviewing = gr.State(Reviewing())
        with gr.Column(elem_classes=["sheet", "review"], visible=False) as self.sheet:
            gr.HTML(self.tab.heading("ui_review.title", "ui_review.lead"))
            self.making.build()
            self.job = gr.Dropdown([], label=say("ui_review.job"), visible=False, elem_classes="knob")
            with gr.Column(visible=False) as self.work:
                self._build_work()
        self.watched = self.making.watched
        self.listed = [self.reviewing, self.totals, self.list, self.where, self.rules, self.coverage, *self._edit()]
        shown = [self.sheet, self.job, self.work, self.name, self.reviewer]
        self.outputs = [*shown, *self.making.outputs, *self._filters(), *self.listed]

    def _build_work(self) -> None:
        say = self.page.say
        self.totals = gr.HTML()
        with gr.Row(elem_classes="filters"):
            me = {"label": say("ui_review.reviewer"), "elem_classes": "needs-write"}
            self.reviewer = gr.Textbox(say("ui_review.me"), max_lines=1, min_width=120, **me)
            self.status, self.rule, self.code, self.section = (
                gr.Dropdown([("", "")], value="", label=say(f"ui_review.filter_{name}"), min_width=130)
                for name in ("status", "rule", "code", "section")
            )
        with gr.Column(visible=False, elem_classes="review-edit pending") as self.edit:
            self.question = gr.Textbox("", label=say("ui_review.question"), lines=2)
            self.answer = gr.Textbox("", label=say("ui_review.answer"), lines=2)
            self.note = gr.Textbox("", label=say("ui_review.note"), max_lines=1)
            with gr.Row(elem_classes="buttons"):
                self.keep_edit = gr.Button(say("ui_review.keep_edit"), variant="primary", elem_classes="review-keep")
                self.leave_edit = gr.Button(say("ui_review.leave_edit"), elem_classes="review-leave")
        self.list = gr.HTML(js_on_load="labReview(element, trigger, watch, 'list')  // 'click'")
        with gr.Row(elem_classes="buttons"):
            self.before = gr.Button(say("ui_data.page_before"), size="sm")
            self.after = gr.Button(say("ui_data.page_after"), size="sm")
            self.where = gr.HTML()
        self.rules = gr.HTML(js_on_load="labReview(element, trigger, watch, 'rules')  // 'click'")
        self.coverage = gr.HTML()
        with gr.Row(elem_classes=["filters", "needs-write"]):
            self.name = gr.Textbox("", label=say("ui_data.name"), info=say("ui_data.name_info"), max_lines=1)
            self.unread = gr.Checkbox(True, label=say("ui_review.save_unread"), info=say("ui_review.save_unread_info"))
        self.split = split_choice(say)
        self.save = gr.Button(say("ui_review.save"), variant="primary", elem_classes="start")

    def _edit(self) -> list[Any]:
        return [self.edit, self.question, self.answer, self.note]

    def wire(self) -> None:
        """Wire the panel's events."""
        reads, writes, reviewing, selection = self.page.reads, self.page.writes, self.reviewing, self.page.selection
        self.making.wire()
        reads(self.job.input, self.choose, [self.job, selection], [selection, *self.outputs])
        reads(self.making.progress.change, self.arrive, reviewing, [self.work, *self._filters(), *self.listed])
        for name, component in zip(("status", "rule", "code", "section"), self._filters(), strict=True):
            reads(component.input, self._filtering(name), [reviewing, component], self.listed)
        # Only the browser knows who sits before it; who reloads the page signs by the same name.
        self.reviewer.blur(None, self.reviewer, None, js=_KEEP_NAME, api_visibility="private")
        self.totals.change(None, self.reviewer, self.reviewer, js=_KEPT_NAME, api_visibility="private")
        reads(self.before.click, self.turn(-1), reviewing, self.listed)
        reads(self.after.click, self.turn(1), reviewing, self.listed)
        for name, view_of in (("list", self.list), ("rules", self.rules)):
            acted = writes(view_of.click, self.act, [reviewing, self.reviewer], self.listed)
            over = f"() => {{ labReviewFocus(false); labReviewAnswered('{name}'); }}"
            acted.then(None, None, None, js=over, api_visibility="private")
        edited = [reviewing, self.question, self.answer, self.note, self.reviewer]
        for event in (
            writes(self.keep_edit.click, self.put, edited, self.listed),
            reads(self.leave_edit.click, self.leave, reviewing, self.listed),
        ):
            event.then(None, None, None, js="() => labReviewFocus(true)", api_visibility="private")
        kept = [selection, *self.tab.outputs, self.tab.intake.drop]
        writes(self.save.click, self.keep, [reviewing, self.name, self.unread, selection, self.split], kept)

    def _filters(self) -> list[Any]:
        return [self.status, self.rule, self.code, self.section]

    # --- reviewing

    def choose(self, job: str, selection: Selection) -> dict[Any, Any]:
        """Show another synthesis."""
        chosen = selection.with_(review=job)
        return {self.page.selection: chosen, **self.refresh(chosen)}

    def arrive(self, reviewing: Reviewing) -> dict[Any, Any]:
        """What has come since; nothing moves while somebody edits."""
        if not reviewing.job:
            return {self.work: gr.Column(visible=False)}
        state = self._review(reviewing.job).state()
        drawn = {self.work: gr.Column(visible=bool(state.entries))}
        return (
            drawn
            if reviewing.editing
            else {**drawn, **self._draw_filters(state), **self._listed(reviewing, whole=True)}
        )

    def _filtering(self, name: str) -> Any:
        def narrow(reviewing: Reviewing, value: str) -> dict[Any, Any]:
            return self._listed(replace(reviewing, **{name: value or ""}, sample="", page=0, current="", editing=""))

        return narrow

    def turn(self, by: int) -> Any:
        """A handler that turns the page."""

        def turned(reviewing: Reviewing) -> dict[Any, Any]:
            return self._listed(
                replace(reviewing, page=max(0, reviewing.page + by), current="", editing=""), whole=True
            )

        return turned

    def act(self, reviewing: Reviewing, reviewer: str, event: gr.EventData) -> dict[Any, Any]:
        """What a key or button asks for, on the pair (or rule) it names."""
        act, target = str(event._data.get("act", "")), str(event._data.get("pair", ""))
        reviewer = access.called(reviewer)
        if act in _BECOMES or act == "marks":
            return self._mark(reviewing, event._data.get("marks") or [event._data], reviewer)
        if act in {"after", "before"}:
            return self._over_the_edge(reviewing, act)
        if act == "edit" and target:
            return self._listed(replace(reviewing, current=target, editing=target))
        review = self._review(reviewing.job)
        if act == "undo":
            undone = review.undo(reviewer)
            if undone is None:
                gr.Info(self.page.say("ui_review.nothing_to_undo"))
            one = undone.pairs[0] if undone and len(undone.pairs) == 1 else reviewing.current
            return self._listed(replace(reviewing, current=one, editing=""), follow=True)
        if act == "draw":
            review.draw(target, reviewer)
        if act == "rest":
            review.accept_rest(target, reviewer)
        if act in {"draw", "sample"}:
            return self._listed(Reviewing(reviewing.job, sample=target))
        return self._listed(replace(reviewing, sample="", page=0, current=""))

    def _mark(self, reviewing: Reviewing, told: list[dict[str, Any]], reviewer: str) -> dict[Any, Any]:
        """Keep what was marked, in that order; one that cannot be is said, and the others are kept all the same."""
        review = self._review(reviewing.job)
        before = [entry.id for entry in self._entries(review.state(), reviewing)]
        for mark in told:
            try:
                review.mark(str(mark.get("pair", "")), _BECOMES.get(str(mark.get("act", "")), ""), reviewer)
            except LabError as refused:
                if len(told) == 1:
                    raise
                gr.Warning(refused.sentence(self.page.language))
        after = [entry.id for entry in self._entries(review.state(), reviewing)]
        target = str(told[-1].get("pair", ""))
        place = before.index(target) if target in before else 0
        following = next((one for one in before[place + 1 :] if one in set(after)), after[-1] if after else "")
        return self._listed(replace(reviewing, current=following, editing=""), follow=True)

    def _over_the_edge(self, reviewing: Reviewing, act: str) -> dict[Any, Any]:
        ids = [entry.id for entry in self._entries(self._review(reviewing.job).state(), reviewing)]
        by = view.A_PAGE if act == "after" else -1
        place = reviewing.page * view.A_PAGE + by
        if not ids or not 0 <= place < len(ids):
            return self._listed(reviewing)
        return self._listed(replace(reviewing, current=ids[place], editing=""), follow=True)

    def put(self, reviewing: Reviewing, question: str, answer: str, note: str, reviewer: str) -> dict[Any, Any]:
        """Keep an edit, if the gates let it pass."""
        self._review(reviewing.job).edit(reviewing.editing, question, answer, access.called(reviewer), note)
        return self._listed(replace(reviewing, editing=""), follow=True)

    def leave(self, reviewing: Reviewing) -> dict[Any, Any]:
        """Leave an edit without keeping it."""
        return self._listed(replace(reviewing, editing=""))

    def keep(
        self, reviewing: Reviewing, name: str, unread: bool, selection: Selection, mode: str = "auto"
    ) -> dict[Any, Any]:
        """Save what was reviewed as a version, and choose it."""
        if not reviewing.job:
            raise DataError("synth_review.nothing_to_save")
        return self.tab.kept(self.lab.save_review(reviewing.job, name, unread=unread, mode=mode), selection)

    # --- what is shown

    def draw(self, showing: Showing) -> dict[Any, Any]:
        """What can be asked about, and what was made before."""
        documents, _, _ = self.making.texts(showing)
        jobs = self._jobs()
        drawn = {
            self.sheet: gr.Column(visible=bool(documents or jobs)),
            self.job: gr.Dropdown(choices=jobs, visible=bool(jobs)),
            **self.making.draw(showing),
        }
        if not only_documents(self.lab, showing):
            return drawn
        # Files that were just brought: pairs of other documents do not stand below them.
        return {**drawn, self.job: gr.Dropdown(choices=jobs, value=None, visible=bool(jobs)), **self._nothing()}

    def _nothing(self) -> dict[Any, Any]:
        return {
            self.work: gr.Column(visible=False),
            self.reviewing: Reviewing(),
            self.making.progress: "",
            self.making.stop: gr.Button(visible=False),
            self.making.go_on: gr.Button(visible=False),
        }

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        """The chosen synthesis as it stands."""
        jobs = self._jobs()
        known = selection.review in [job for _, job in jobs]
        drawn = {
            self.job: gr.Dropdown(choices=jobs, value=selection.review if known else None, visible=bool(jobs)),
            **self.making.watch(selection if known else selection.with_(review="")),
        }
        if not known:
            return {**drawn, self.work: gr.Column(visible=False), self.reviewing: Reviewing()}
        job = self.lab.jobs.get(selection.review)
        state = self._review(job.id).state()
        drawn |= {self.sheet: gr.Column(visible=True), self.work: gr.Column(visible=bool(state.entries))}
        return {
            **drawn,
            self.name: job.spec.name,
            self.reviewer: self._signed(),
            **self._draw_filters(state),
            **self._listed(Reviewing(job.id), whole=True),
        }

    def _signed(self) -> Any:
        """The field of the reviewer's name: who signed in signs by that name."""
        caller = access.current()
        return gr.Textbox(caller.name, interactive=False) if caller.signed_in and caller.name else gr.skip()

    def watch(self, selection: Selection) -> dict[Any, Any]:
        """How far the chosen synthesis is."""
        return self.making.watch(selection)

    def _listed(self, reviewing: Reviewing, *, follow: bool = False, whole: bool = False) -> dict[Any, Any]:
        """The list, where it stands, and what counts; with ``follow`` the page that holds the current pair.

        With ``whole`` also what is covered, which takes a second where pairs are many.
        """
        if not reviewing.job:
            return {self.reviewing: reviewing}
        state, language = self._review(reviewing.job).state(), self.page.language
        entries = self._entries(state, reviewing)
        ids = [entry.id for entry in entries]
        if follow and reviewing.current in ids:
            reviewing = replace(reviewing, page=ids.index(reviewing.current) // view.A_PAGE)
        page = min(reviewing.page, max(0, (len(ids) - 1) // view.A_PAGE))
        shown = entries[page * view.A_PAGE : (page + 1) * view.A_PAGE]
        current = reviewing.current if reviewing.current in [e.id for e in shown] else shown[0].id if shown else ""
        reviewing = replace(reviewing, page=page, current=current)
        first = page * view.A_PAGE + 1 if shown else 0
        where = self.page.say("ui_review.where", first=first, last=first + len(shown) - bool(shown), total=len(ids))
        return {
            self.reviewing: reviewing,
            self.totals: view.totals(state, language),
            self.list: view.cards(shown, state, current, reviewing.editing, language),
            self.where: tag("span", text(where), class_="fine num"),
            self.rules: view.rules(state, language),
            **({self.coverage: view.coverage(state, language)} if whole or len(state.entries) <= QUICK else {}),
            **self._draw_edit(state, reviewing),
        }

    def _draw_edit(self, state: State, reviewing: Reviewing) -> dict[Any, Any]:
        if not reviewing.editing:
            return {self.edit: gr.Column(visible=False)}
        pair = state.entry(reviewing.editing).pair
        return {
            self.edit: gr.Column(visible=True),
            self.question: pair.question,
            self.answer: pair.answer,
            self.note: "",
        }

    def _draw_filters(self, state: State) -> dict[Any, Any]:
        say, language = self.page.say, self.page.language
        entries, everything = state.entries, say("ui_review.all")
        rules = Counter(entry.pair.rule for entry in entries)
        codes = Counter(entry.code for entry in entries if entry.code)
        sections = Counter(f"{entry.pair.document} › {entry.pair.section}" for entry in entries)
        statuses = {status: say(f"ui_review.status_{status}") for status in STATUSES}
        named = {rule: view.rule_name(rule, language) for rule in rules}
        reasons = {code: words.say(f"synth.gate_{code}", language) for code in codes}
        several = len(state.made.documents) > 1
        titles = {one: one if several else one.partition(" › ")[2] or one for one in sections}
        return {
            self.status: gr.Dropdown(choices=view.choices(state.counts, statuses, everything)),
            self.rule: gr.Dropdown(choices=view.choices(rules, named, everything)),
            self.code: gr.Dropdown(choices=view.choices(codes, reasons, everything)),
            self.section: gr.Dropdown(choices=view.choices(sections, titles, everything)),
        }

    @staticmethod
    def _entries(state: State, reviewing: Reviewing) -> list[synth.Entry]:
        """The entries the filters let through; what a gate refused only where it is asked for."""
        drawn = next((one for one in state.samples if one.rule == reviewing.sample), None)
        wanted = []
        for entry in state.entries:
            if reviewing.sample and drawn and not (entry.drawn and entry.pair.rule == reviewing.sample):
                continue
            if reviewing.status and entry.status != reviewing.status:
                continue
            if entry.status == "refused" and not (reviewing.status or reviewing.code):
                continue
            if reviewing.rule and entry.pair.rule != reviewing.rule:
                continue
            if reviewing.code and entry.code != reviewing.code:
                continue
            if reviewing.section and f"{entry.pair.document} › {entry.pair.section}" != reviewing.section:
                continue
            wanted.append(entry)
        return wanted

    def _jobs(self) -> list[tuple[str, str]]:
        jobs = self.lab.jobs.all("synth")
        return [(f"{job.spec.name} · {job.spec.created[:16].replace('T', ' ')}", job.id) for job in jobs]

    def _review(self, job_id: str) -> synth.Review:
        return synth.Review(self.lab.jobs.get(job_id).folder)
