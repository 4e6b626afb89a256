"""Sentences that can mean one thing only. A reply is decided here when every clause of it is known.

Rules never conclude a decline: they suggest one where it is unmistakable, and raise the suspicion on
less evidence than anything else. A refusal, a condition or a stranger never reads as an acceptance.
"""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from recruitment.enums import ReplyLabel, TargetAttitude
from recruitment.reply_classification.features import FEATURES
from recruitment.reply_classification.text import clauses, is_friendly, normalised

_WE = r"(贵行|本行|我行|咱们?行|你们行?|贵单位|your bank)?"
_JOB = r"(录用|录取|入职|报到|到岗|上岗|上班|加入|来|去|offer|岗位|工作|邀请|安排|通知)"
_TARGETS = r"(业绩|考核|这些|绩效|各项)*(指标|任务|目标|业绩|考核|要求|targets|goals)(量|内容|方面)?"
POLITE = re.compile(
    r"((各位)?(老师|领导|先生|女士))?(您|你|们)?好|尊敬的.{0,12}|dear .{0,20}|hi|hello|此致|敬礼|此致敬礼|(各位)?老师|"
    r"(非常|十分|很|那|万分)?(谢谢|多谢|感谢|谢)(您|老师|贵行|通知|告知|提醒|你们|啦|了|的|信任|解答|各位)*|(您|老师)?辛苦(了|啦)?|"
    r"(many )?thanks( (a lot|so much))?|thank you( (very|so) much)?|麻烦(您|你们)?了|[:：]|yes|是的|嗯+|好(的|滴|嘞|哒|呢)*|行|ok(ay)?|cheers|"
    r"(多)?謝謝?(您|老師|通知)?|唔該(晒)?|(谢谢|感谢)?(老师|领导|姐姐?|哥|学姐|学长|您)|祝(您|大家)?(工作顺利|生活愉快|一切顺利|好|顺利)"
)
SAID = {
    ReplyLabel.ACKNOWLEDGEMENT: re.compile(
        r"(好的?|嗯)?(您的|你们的|录用|录取)*(通知书?|短信|邮件|信息|消息)?(我|本人)?(已经?|都)?"
        r"(收到|收悉|查收|知悉|阅读|已阅|已读|看到|知道)(了|啦|录用|的|您|通知书?|短信|邮件|信息|消息)*(谢谢|多谢|感谢)?(您|老师|贵行)*|"
        r"(我)?(知道|明白|了解|清楚|晓得|懂|看到|瞅见)(了|啦|咯|喇|哈)+|明白|了解|知悉|已阅|收到(啦|哈|喇|咯)|(message )?(received|noted|understood)( with thanks| thanks)?|got it"
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
        rf"(我)?(很)?(有信心|有把握)(完成|达成|做好)({_TARGETS})?|"
        rf"(我|本人)?(也|都|会|将|一定|必定?|愿意?|肯定|定当|要|可以|慢慢)*(努力|尽力|竭力|全力|尽全力|全力以赴|认真|好好|争取)+(去|地|来)?"
        rf"(按时|如期)?(完成|达成|做好|做到|实现|拼)(好|的|它|这个|这些|各项|所有)*({_TARGETS})?(的|哒|哈)?|"
        rf"i('ll| will) (do|try) my best( to (reach|meet|achieve) (it|them|these|the targets|the goals))?"
    ),
    TargetAttitude.NEGATIVE: re.compile(
        rf"(我|感觉|觉得)?{_TARGETS}(定得?|实在|确实|有点|有些|太|偏|过|对我来说)+(高|重|多|难|大)(了)?|(我)?(担心|怕)?(完不成|做不到|完成不了){_TARGETS}?"
    ),
    TargetAttitude.NEUTRAL: re.compile(rf"{_TARGETS}(我)?(已经?)?(了解|知悉|看过|阅读|知道|收到)(了)?"),
}
# On any of these a person looks, whatever else is said.
DECLINE_FEATURES = ("refuses", "taken elsewhere", "regret")
_NOT = r"(不能够?|不会|不想|不愿意?|不打算|不准备|不再|不便|不予|并不|不|没法|没办法|无法|未能|无意|恕不能?|难以|来|去|接)"
_JOINS = r"(接受|应聘|入职|报到|上班|上岗|到岗|赴任|就职|前来|前往|过来|过去|加入|参加|考虑|同意|确认|来|去|接|签|干|了)"
DECLINES = re.compile(
    rf"(那|所以|就|先|我|本人|俺|这次|这边|实在|真的|还是|决定|因此|只有|只能|已经?|最后|最终)*"
    rf"(?!来来|去去|来了|去了|接了|来上|去上)(?=.*[不没无未难恕]){_NOT}(不)?(再|打算|准备|想|愿意?|会|能)*{_JOINS}+"
    r"(贵行|你们|你们行|这里|那边|这份工作|这个岗位|录用|录取|offer|邀请|报到|入职|岗位|的|了|啦|咯|哈|哦|呢)*"
)
# Searched for in the whole text, where no question is asked.
REFUSES = re.compile(
    r"(?<!不会)(?<!不想)(?<!不)(?<!没有)(?<!没)(?<!研)(?<!公)(?<!家)(?<!行)放弃(了|吧|贵行|录用|录取|入职|此次|这次|本次|这个|名额|机会|资格)|"
    r"愿意?(支?付|承担|交|赔).{0,4}违约|won't be able to (accept|join|take|come)|"
    r"(机会|名额|位置|岗位).{0,4}(留|让|还)(给|与|予|出来|回来)|婉拒|谢绝|辞谢|婉谢|回绝(?!了?(别|其他|另))|"
    r"(?<!已经)(?<!已)(?<!办完)(?<!办好)(要|想|申请|办理|选择|同意|愿意?|恳请贵行同意|请求)解(约|除)|违约金.{0,6}(会|打|付|交|缴|承担|账户)(?!完)|"
    r"(?<!会)(取消|撤回|撤销|收回|注销|退出|退掉)(我|本人|此前|之前|前|昨天)?的?(对?贵行的?)?(录用|录取|入职|聘用|接受|确认|资格|应聘)|"
    r"已?经?(签|去|选|接|入职)了?(别家|别的|另一家|另外一家|其他(单位|银行|公司)|他行|第二家)|没(有)?兴趣|不感兴趣|另(请高明|找人|招人)|"
    r"not interested|((have|going|need|like) to|i'll|i will|must|respectfully|regretfully) (pass\b|decline)|turn(ing|ed)? (this|it|the offer|your offer) down|"
    r"((won't|will not|cannot|can't|not going to|unable to|not be able to|decided not to|no longer (wish|want) to|do not|don't) (accept|join|take (up )?(the|this)|come))(?! yet| unless| if| until)|"
    r"withdraw my|\brescind|back out|accepted (a|another) (position|offer|job|role)|accepted an offer (from|at|with)|no longer interested|not for me\b"
)
# Where one of these stands, words of refusal may mean another day, another employer or a doubt.
OPEN_FEATURES = (
    *("question mark", "question ending", "others refused", "another day", "calendar", "elsewhere to be"),
    *("thinks", "waits"),
)
HEDGES = re.compile(r"可能|也许|说不定|不排除|暂时|^先|maybe|might|perhaps")
# Haggling: what is said of pay has to change first.
BARGAINS = re.compile(
    r"(薪资?|薪水|工资|待遇|年包|总包|职级|底薪|人工|补贴).{0,8}((再|要|能|可以?|先|得|重新|必须).{0,3}(谈|议|商|涨|加|提|高|调)|不(达|够|低于|谈妥))|"
    r"(再|先|得)(谈|涨|加|提).{0,4}(薪|工资|待遇)|(薪|工资|人工).{0,3}(高|加|涨).{0,3}(就|便)|(higher|more|better|discuss|negotiat|raise|match).{0,16}(salary|pay\b|package|\d)"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say.

    Attributes:
        labels: what some clause says without doubt; never ``decline``.
        attitude: to the targets, ``none`` where no clause speaks of them.
        is_whole: every clause is known, so nothing else is meant.
        suspects_decline: a person must look.
        declines: in words that leave no doubt; a suggestion all the same.
        is_conditional: comes only if something changes, which is no acceptance.
        is_strange: not the candidate, or wants no more messages.
    """

    labels: frozenset[ReplyLabel]
    attitude: TargetAttitude
    is_whole: bool
    suspects_decline: bool
    declines: bool = False
    is_conditional: bool = False
    is_strange: bool = False


def judge(text: str) -> Verdict:
    """Read a reply clause by clause. Never fails, whatever the text."""
    labels: set[ReplyLabel] = set()
    attitudes: set[TargetAttitude] = set()
    is_whole, is_polite = True, is_friendly(text)
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
    is_conditional = bool(FEATURES["condition"].search(plain) or BARGAINS.search(plain))
    declines = not is_conditional and refuses(text)
    is_strange = bool(FEATURES["stranger"].search(plain))
    is_open = declines or is_conditional or is_strange
    return Verdict(
        labels=frozenset(labels - {ReplyLabel.ACCEPT}) if is_open else frozenset(labels),
        attitude=next(iter(attitudes)) if len(attitudes) == 1 else TargetAttitude.NONE,
        is_whole=is_whole and not is_open and len(attitudes) <= 1 and bool(labels or attitudes),
        suspects_decline=declines or any(FEATURES[name].search(plain) for name in DECLINE_FEATURES),
        declines=declines,
        is_conditional=is_conditional,
        is_strange=is_strange,
    )


def refuses(text: str) -> bool:
    """Whether some clause is a decline in so many words."""
    plain = normalised(text)
    if any(FEATURES[name].search(plain) for name in OPEN_FEATURES) or HEDGES.search(plain):
        return False
    return bool(REFUSES.search(plain)) or any(DECLINES.fullmatch(clause) for clause in clauses(text))


def negates(text: str) -> bool:
    """Whether a word of negation stands in the text, idioms such as 没问题 aside."""
    return bool(FEATURES["negation"].search(normalised(text)))


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
