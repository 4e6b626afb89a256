"""Words that point to a meaning. The classifier weighs them; alone they prove nothing.

Each cue is a column of the classifier beside the n-grams, so that a word which training saw once
counts like its siblings. A model names the cues it was made with and refuses others.
"""

import re

from recruitment.reply_classification.text import normalised

_TARGET = r"指标|任务|目标|业绩|考核|存款|揽储|揽存|信用卡|完成率|新客户|kpi|营销|销售|理财|保险|开户|对公|中收|绩效目标|满意度|投诉|产品|target|goal|customers"
FEATURES = {
    name: re.compile(pattern)
    for name, pattern in {
        "received": r"收到|收悉|查收|已阅|已读|知悉|知道(了|啦)|^嗯|了解(了|$)|明白|看到(了|啦|通知|消息|谢谢)|看完|阅读|noted|received|got it|understood|message",
        "thanks": r"谢谢|多谢|感谢|辛苦|麻烦(您|你们)了|thank|thx|cheers",
        "fine": r"^(好|行|嗯|ok|可以|没问题|成)",
        "later": r"(稍后|晚点|回头|回去|下课|有空).{0,4}(看|读|查)",
        "question mark": r"\?",
        "question word": r"请问|多少|几点|几天|几年|几号|几份|哪|怎么|如何|什么|啥|咋|是不是|有没有|能不能|可不可以|行不行|行不|谁|为何|为什么|多久|多长",
        "question ending": r"(吗|么|呢|不|没)\??$",
        "wants to know": r"想问|问一下|问下|咨询|请教|打听|想了解|想知道|告知|不知道|不清楚|没看(到|明白)|看不懂|没(写|提)|听说|核实|核对|写错|打不开",
        "english question": r"^(what|where|when|how|who|which|do|does|is|are|can|could|may|will|would|should)\b|could you|wonder|not sure (which|where|what|how)|doesn't (say|mention)",
        "another day": r"推迟|延(期|后|至|迟)|推(到|至|一推)|往后|改(期|到|成|天|时间)|换个?(时间|日子)|顺延|挪|宽限|提前|晚(点|几|一|两|三|个|些)|later|postpone|delay|another date|change the date|earlier",
        "calendar": r"0\s*(月|号|日|点)|月(底|初|中|末)|[一二三四五六七八九十](月|号|日)|下(周|月|旬|礼拜)|周[一二三四五六日]|礼拜|until|january|july|august|september|0th|0st|monday|week",
        "another batch": r"(下|后|第[二三])(一)?(批|期)|时间.{0,3}改",
        "elsewhere to be": r"答辩|考试|典礼|婚|手术|住院|交接|离校|出差|旅|葬|丧|产假|驾|赶不|来不及|冲突|那天有|那几天|当天|notice period|abroad|exam|visa|travel",
        "only then": r"(才|以后|之后|再)(能|可以|去|来|到|放|发|离|过|走|报|自由)|最(快|早)|等.{0,8}(再|才)|走不开|回不来|only",
        "refuses": r"放弃|不(来|去)了|不去$|不考虑了|拒|谢绝|回绝|取消|撤(销|回|掉|了)|(无法|不能|没法|不会|不再|不打算|不准备|不想|不予)(再)?(入职|前来|前往|来|去|报到|接受|加入|到)|不接受|接受不|(来|去)不(了|成)|退出|另谋|划掉|终止|食言|算了|decline|withdraw|(can't|cannot|won't|not|unable to) (be )?(join|accept|tak|com)|no thanks|别等|不用(再)?等|给(别人|下一位|后面)|让给|心领|另有|解约|解除|违约|(不|没法|无法)(再)?(接|签|干|确认|同意)(了|不了|$)|接不了|没(有)?兴趣|不感兴趣|无意|辞谢|婉|(机会|名额|位置|岗位).{0,4}(留|让|给|还)|反悔|作废|另(请|找|谋|招)|下一位|唔(嚟|會|可以|考慮|做)|not interested|(to|ll|will|must) (respectfully |regretfully )?pass|turn.{0,12} down|rescind|back out|rather stay|not going to|no longer|not for me",
        "taken elsewhere": r"(建|农|工|中|交|招|浦发|兴业|民生|光大|平安)行(?!业|政)|(建设|农业|工商|招商|交通)银行|邮储|农商|农信|烟草|电信|移动公司|联通|电网|国网|税务|股份行|投行|券商|事业(编|单位)|选调|公务员|国企|央企|中学|小学|录上|(调动|跟着去|随军)|(其他|其它|别的|另(外)?一?).{0,3}(单位|公司|银行|家|处|机构).{0,4}(签|入职|上班|报到)|(签|去|选|接|进|入职|给).{0,6}(其他|其它|另一|另外|别(家|的|处|人)|人家|大厂|公司)|考上|上岸|(录取|录用).{0,4}(了|结果)|已经?在.{0,10}(上班|工作|入职|上岗)|读(研|博|书)|出国|留学|留(在|下)|入伍|当兵|参军|创业|保研|study|graduate|another (bank|offer|job|firm|company)|current employer",
        "regret": r"抱歉|对不(起|住)|遗憾|可惜|谅解|见谅|辜负|不好意思|失望|歉意|sorry|regret|unfortunately|apolog",
        "pay": r"薪|工资|底薪|年包|总包|待遇|补贴|年终奖|税(前|后)|人工|安家费|签字费|加钱|职级|salary|\bpay\b|package|bonus",
        "negation": r"不(?!好意思|客气|错|用谢|怕|难|愁)|没(?!问题|事|压力|毛病|意见|异议)|无法|未|别(?!家|的|人)|勿|莫(?!得问题)|唔(?!該)|冇(?!問題)|拒|\bnot\b|n't\b|\bno\b(?! problem| objection)|never|cannot|nope|unable",
        "negation of joining": r"(不(?!怕|用)|没(?!问题)|无法|未|别|勿|恕|难以?|唔|冇).{0,4}(接受|确认|同意|愿意|来|去|入职|报到|签|赴|到岗|上班|加入|接|嚟|返工)|(not|n't|cannot|never|unable|no longer).{0,16}(accept|join|com|tak|confirm|interest)",
        "stranger": r"打错|(发|加|找)错|不是(本人|他|她|你们要找)|不认识|没(有)?(投|应聘|申请|报)过|没应聘|(你|您)(是)?谁|号码换人|退订|取消订阅|^td?$|别(再)?(给我)?发|停止发|不要(再)?(给我)?发|拉黑|骚扰|wrong (number|person)|not the person|unsubscribe|^stop|stop (text|send|messag)",
        "thinks": r"八成|七成|概率|大概|说不(准|好|清)|说不定|没准|不敢说|尚未|leaning|sleep on|考虑|想(想|一想|清楚)|商(量|议)|犹豫|纠结|没(想好|决定|定)|不(太)?确定|拿不(定|准)|再说|看(情况|看)|比(较|对|一比)|矛盾|三思|掂量|琢磨|权衡|动摇|难选|为难|think|not sure|decid|discuss|talk .*over|torn|compare",
        "waits": r"等.{0,12}(结果|消息|通知|成绩|出来)|还(没|在|要|得|有).{0,8}(结果|面试|成绩|消息|等|看)|waiting|final result|(过|明|后|缓|几|两)天.{0,8}(答复|回复|回话|准话|再)|时间",
        "fears": r"担心|怕|顾虑|慌|打鼓|没底|发愁|愁|有点难|吃不消|动心|落差|worr|doubt|far from home",
        "condition": r"如果|要是|假如|若|的话|否则|不然|就好了|除非|只要|前提|取决于|才(能|会|肯)?(来|去|签|接受|考虑|入职|报到|确认)|(薪|工资|钱|待遇|补贴|奖|编制|落户|宿舍|吃住|双休|职级|年包|涨|加|近|人工).{0,12}(?<!不)(?<!早)(就|便|马上|立马)(来|去|签|接|入|报|确|同|能|留|考虑|嚟|干|辞)|\bif\b|unless|provided|as long as|depends|only when|before i (commit|sign)",
        "family": r"家(里|人|属)|爸|妈|父母|父亲|母亲|爷|奶|外婆|女(朋)?友|男(朋)?友|对象|媳妇|老婆|老公|爱人|孩子|family|parents|husband|wife",
        "against": r"不(同意|想让|放心|支持|太想|愿意)|希望我|想让我|劝|舍不得|反对|没(点头|松口)|离家(太)?远|太远|异地|走不开|离不开",
        "accepts": r"(?<!不)(?<!不能)(?<!无法)接受(?!不)|愿意(?!努力|试|尝试|学)|(?<!不)确认|(?<!不)同意|我(会)?来(?!不)|会(来|去|到)|(一定|肯定|铁定|必须|准时|按时|准)(来|到|去|会)|按(时|期)|准时|服从|决定(来|加入|接受)|(?<!not )(?<!n't )accept|i('ll| will| would love to) (join|be there)|count me in|i'm in|confirm",
        "workplace": r"入职|报到|上班|上岗|到岗|加入|录用|offer|join|start",
        "has prepared": r"(行李|箱|材料|证件|西装|正装|票|房|离职|辞|体检|三方|协议|合同|档案|照片|卡).{0,10}(好|完|了|齐|过|到|掉)|(买|订|租|签|办|寄|备|收拾|打包|抢|约|定).{0,3}(好|了|完|到)|booked|packed|resigned|rented|signed|turned down",
        "glad": r"期待|激动|开心|高兴|盼|终于|太好|梦想|关照|指教|共事|同事|努力|加油|冲|不辜负|迫不及待|见[!！]?$|荣幸|happy|glad|look(ing)? forward|thrilled|can't wait|excited|pleasure",
        "others refused": r"(其他|其它|别的|另外|国企|考公|面试).{0,10}(推|拒|回绝|取消|不去)",
        "targets": _TARGET,
        "able": r"努力|尽力|信心|把握|(?<!不)能(完成|达到|做到|超)|(?<!有)没问题|不怕|不难|不愁|资源|尽力|全力|挑战|强项|拿手|老本行|合理|认同|可以(完成|做到|接受)|轻松|不在话下|经验|保证|confident|i can do|look good|are fine",
        "unable": r"太(高|重|难|多|大|严)|(完|做|卖|拉|达)不(成|到|出|了|来)|压力|不合理|没(有)?(人脉|资源|信心|经验)|不擅长|不会(拉|卖)|不(切实际|现实)|偏高|有点高|头大|离谱|吃力|悬|劝退|退缩|(少|降|低)(一)?点|降低|too (high|many|hard|much)|unrealistic|out of reach|can't sell",
        "unmoved": r"(指标|目标|业绩|任务|考核).{0,8}(看|了解|知|阅|再|听|行|意见|概念)",
        "unit": r"怎么(算|考核|计算|统计)|算不算|标准|是按|周期|扣(钱|工资|绩效)|意思|奖励|收入|开始算|measured|calculated",
        "no": r"不|没|无|别|未|n't|\bnot?\b",
        "but": r"但|不过|只是|就是|可是|然而|虽|but|though",
        "numbers": r"0",
        "latin": r"[a-z]{3}",
    }.items()
}
LENGTHS = (3, 6, 10, 16, 26, 40)
NAMES = (
    *FEATURES,
    *(f"at most {length} characters" for length in LENGTHS),
    "targets, able",
    "targets, unable",
    "family, against",
)


def feature_vector(text: str) -> list[float]:
    """One number, 0 or 1, for each of ``NAMES``."""
    plain = normalised(text)
    found = {name: bool(pattern.search(plain)) for name, pattern in FEATURES.items()}
    values = [
        *found.values(),
        *(len(plain) <= length for length in LENGTHS),
        found["targets"] and found["able"],
        found["targets"] and found["unable"],
        found["family"] and found["against"],
    ]
    return [float(value) for value in values]
