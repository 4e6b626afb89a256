"""Sentences that can mean one thing only. A reply is decided here when every clause of it is known.

Rules never conclude a decline: they only raise the suspicion, on less evidence than anything else.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification.features import FEATURES
from recruitment.reply_classification.text import clauses, normalised

_WE = r"(贵行|本行|我行|咱们?行|你们行?|贵单位|your bank)?"
_JOB = r"(录用|录取|入职|报到|到岗|上岗|上班|加入|来|去|offer|岗位|工作|邀请|安排|通知)"
_TARGETS = r"(业绩|考核|这些|绩效|各项)*(指标|任务|目标|业绩|考核|要求|targets|goals)(量|内容|方面)?"
POLITE = re.compile(
    r"((各位)?(老师|领导|先生|女士))?(您|你|们)?好|尊敬的.{0,12}|dear .{0,20}|hi|hello|此致|敬礼|此致敬礼|(各位)?老师|"
    r"(非常|十分|很|那|万分)?(谢谢|多谢|感谢|谢)(您|老师|贵行|通知|告知|提醒|你们|啦|了|的|信任|解答|各位)*|(您|老师)?辛苦(了|啦)?|"
    r"(many )?thanks( a lot)?|thank you( (very|so) much)?|麻烦(您|你们)?了|[:：]|yes|是的|嗯+|好(的|滴|嘞|哒|呢)*|行|ok(ay)?"
)
SAID = {
    ReplyLabel.ACKNOWLEDGEMENT: re.compile(
        r"(好的?|嗯)?(您的|你们的|录用|录取)*(通知书?|短信|邮件|信息|消息)?(我|本人)?(已经?|都)?"
        r"(收到|收悉|查收|知悉|阅读|已阅|已读|看到|知道)(了|啦|录用|的|您|通知书?|短信|邮件|信息|消息)*(谢谢|多谢|感谢)?(您|老师|贵行)*|"
        r"(我)?(知道|明白|了解|清楚)(了|啦)|明白|了解|(message )?(received|noted|understood)( with thanks| thanks)?|got it"
    ),
    ReplyLabel.ACCEPT: re.compile(
        rf"(我|本人|那)?(已经?|很|非常|自愿|郑重|确定|乐意)*(接受|愿意|同意|确认)(接受|加入|参加)*(贵行|本次|这次|这个|这份|该|的|此)*{_JOB}*{_WE}(了|的)?|"
        rf"(我|本人)?(一定|肯定|必定|届时|当天)*(会|将)?(一定|肯定)?(按时|准时|按期|如期){_JOB}*(的|到)?|"
        r"(我|本人)?(会|一定会?|肯定会?)(来|去|到)(报到|入职|上班|上岗|的)*|"
        r"i (hereby |gladly |am happy to |would like to )?accept( (the|your) (offer|position))?|i('ll| will) (join|be there)( on .{1,12})?"
    ),
    ReplyLabel.OTHER_DATE: re.compile(
        r"(请问|想问下?|我|本人)*(能不能|能否|可不可以|可否|可以|能|希望|想|申请|想申请)+(把|将)?(报到|入职)?(时间|日期)?(改到?|换)?"
        r"(推迟|延期|延后|延迟|改期|顺延|晚|提前|推迟到|延期到|延至|改到)(到|至)?[0一二两三四几半个天周月底初中旬日号下礼拜星期年]{0,9}(再)?(报到|入职|到岗|去|来|上班)?(吗|么)?\??|"
        r"(could|can|may) (i|we) (start|join|begin) (a |0 |two )?(week|day|month)?s? ?(later|earlier)\??"
    ),
    ReplyLabel.HESITATION: re.compile(
        r"(我|还是|还|要|需要|想|得|先|容我|让我|再|正在|在)*(考虑|想想|想一想|犹豫|纠结|斟酌)(一下|中|几天|两天|考虑|下|着|呢|再(回复|答复))*|"
        r"(我)?(现在|目前|暂时)?还?(没有?|不)(想好|决定好?|考虑好|确定|定下来)(呢)?|"
        r"i('m| am) (still )?(thinking about it|not sure( yet)?|undecided)|i (haven't|have not) decided( yet)?"
    ),
}
QUESTION = re.compile(
    r"(请问|想问一?下?|问一?下|咨询一?下?|想咨询一?下?|想了解一?下?|请教一?下?).{2,60}|"
    r".{1,60}(吗|多少|几点|哪里|什么时候|怎么办|多久|是什么|哪些|怎么走|几份)(呀|啊|呢)?\??|"
    r"(what|where|when|how|who|which|could you (please )?(tell|send)|do (i|you)|does|is there|are there)\b.{3,80}\?"
)
# What sounds like a question, and asks for another day, doubts, bargains, or is about the targets.
MORE_THAN_A_QUESTION = (
    *("another day", "another batch", "thinks", "condition", "targets", "unit", "calendar"),
    "elsewhere to be",
)
ATTITUDE = {
    TargetAttitude.POSITIVE: re.compile(
        rf"(我|本人)?(对|觉得|认为)?{_TARGETS}(我|都|很|非常|完全)*(没有?问题|合理|没压力|有信心|有把握|能完成|可以(完成|做到)|能做到)(完成)?(的)?|"
        rf"(我)?(很)?(有信心|有把握)(完成|达成|做好){_TARGETS}?"
    ),
    TargetAttitude.NEGATIVE: re.compile(
        rf"(我|感觉|觉得)?{_TARGETS}(定得?|实在|确实|有点|有些|太|偏|过|对我来说)+(高|重|多|难|大)(了)?|(我)?(担心|怕)?(完不成|做不到|完成不了){_TARGETS}?"
    ),
    TargetAttitude.NEUTRAL: re.compile(rf"{_TARGETS}(我)?(已经?)?(了解|知悉|看过|阅读|知道|收到)(了)?"),
}
# On any of these a person looks, whatever else is said.
DECLINE_FEATURES = ("refuses", "taken elsewhere", "regret")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say.

    Attributes:
        labels: what some clause says without doubt; never ``decline``.
        attitude: to the targets, ``none`` where no clause speaks of them.
        is_whole: every clause is known, so nothing else is meant.
        suspects_decline: a person must look.
    """

    labels: frozenset[ReplyLabel]
    attitude: TargetAttitude
    is_whole: bool
    suspects_decline: bool


def judge(text: str) -> Verdict:
    """Read a reply clause by clause. Never fails, whatever the text."""
    labels: set[ReplyLabel] = set()
    attitudes: set[TargetAttitude] = set()
    is_whole, is_polite = True, False
    for clause in clauses(text):
        said = {label for label, pattern in SAID.items() if pattern.fullmatch(clause)}
        felt = {attitude for attitude, pattern in ATTITUDE.items() if pattern.fullmatch(clause)}
        if POLITE.fullmatch(clause):
            is_polite = True
        elif said or felt:
            labels |= said
            attitudes |= felt
        elif _only_asks(clause):
            labels.add(ReplyLabel.QUESTION)
        else:
            is_whole = False
    if is_whole and is_polite and not labels and not attitudes:
        labels.add(ReplyLabel.ACKNOWLEDGEMENT)
    plain = normalised(text)
    return Verdict(
        labels=frozenset(labels),
        attitude=next(iter(attitudes)) if len(attitudes) == 1 else TargetAttitude.NONE,
        is_whole=is_whole and len(attitudes) <= 1 and bool(labels or attitudes),
        suspects_decline=any(FEATURES[name].search(plain) for name in DECLINE_FEATURES),
    )


def objects(text: str, labels: AbstractSet[ReplyLabel], attitude: TargetAttitude) -> bool:
    """Whether a reading leaves a plain cue of the text unexplained, so that more was said than it holds."""
    plain = normalised(text)
    found = {name for name, pattern in FEATURES.items() if pattern.search(plain)}
    asks = {"question mark", "question ending", "question word"} & found
    things = len(labels) + (attitude != TargetAttitude.NONE)
    return bool(
        ("but" in found and things < 2)
        or ("thinks" in found and ReplyLabel.HESITATION not in labels)
        or ("condition" in found and not labels & {ReplyLabel.HESITATION, ReplyLabel.OTHER_DATE})
        or ({"targets", "unit"} & found and attitude == TargetAttitude.NONE)
        or (asks and not labels & {ReplyLabel.QUESTION, ReplyLabel.HESITATION, ReplyLabel.OTHER_DATE})
        or ("question mark" in found and not labels & {ReplyLabel.QUESTION, ReplyLabel.OTHER_DATE})
        or ("accepts" in found and ReplyLabel.ACCEPT not in labels)
        or (ReplyLabel.OTHER_DATE in labels and not {"another day", "only then", "elsewhere to be"} & found)
        or (not asks and "wants to know" not in found and ReplyLabel.QUESTION in labels)
        or ("another day" in found and not labels & {ReplyLabel.OTHER_DATE, ReplyLabel.HESITATION})
        or (
            {"another day", "another batch"} & found
            and {ReplyLabel.QUESTION, ReplyLabel.OTHER_DATE} <= labels
        )
    )


def _only_asks(clause: str) -> bool:
    return bool(QUESTION.fullmatch(clause)) and not any(
        FEATURES[name].search(clause) for name in MORE_THAN_A_QUESTION
    )
