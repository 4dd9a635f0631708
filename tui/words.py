"""Every word on screen, in English and in Chinese: English is the key, a table has the other.

Chinese words hold no sign of ambiguous width. What stands in no table, such as a name, is shown
as it is.
"""

from __future__ import annotations

LANGUAGES = ("en", "zh")

ZH = {
    # views
    "Wall": "总览", "Agents": "坐席", "Queues": "队列", "Calls": "通话", "Trunks": "中继",
    "Log": "日志", "Events": "事件", "Call": "通话",
    # columns
    "EXT": "分机", "NAME": "姓名", "ST": "状态", "FOR": "时长", "WITH": "对方", "Q": "队列",
    "AGENT": "坐席", "REASON": "原因", "QUEUE": "队列", "WAITING": "等待", "LONGEST": "最长等待",
    "READY": "空闲", "POS": "位置", "PRI": "优先", "WAIT": "已等", "CALLER": "主叫", "CALL": "通话",
    "FROM": "主叫", "TO": "被叫", "LEGS": "腿", "LOSS": "丢包", "JIT": "抖动", "MOS": "MOS",
    "REC": "录音", "TRUNK": "中继", "DRIVER": "驱动", "HOST": "地址", "USED": "占用",
    "CHANNELS": "通道", "STATE": "状态", "WHY": "原因", "TIME": "时间", "WHAT": "事件",
    "DETAILS": "详情", "DIR": "方向", "SL": "服务水平", "ABN": "弃呼", "OFFERED": "呼入",
    "ANSWERED": "接通",
    # states of agents, calls, trunks
    "OFFER": "振铃", "BUSY": "忙", "WRAP": "整理", "PAUSE": "小休", "LOST": "失联", "OUT": "签出",
    "setup": "建立", "waiting": "等待", "ringing": "振铃", "talking": "通话", "held": "保持",
    "releasing": "释放", "menu": "菜单", "in": "呼入", "out": "呼出", "internal": "内部",
    "up": "正常", "down": "中断",
    # the wallboard
    "ALARMS": "告警", "no alarms": "无告警", "offered": "呼入", "answered": "接通",
    "abandoned": "弃呼", "agents": "坐席", "no agents": "无坐席", "waiting, nobody ready":
    "有人等待，无空闲坐席", "channels": "通道", "SITE": "全局", "calls": "通话",
    "no queues": "无队列",
    "ready": "空闲", "offer": "振铃", "call": "通话", "busy": "忙", "wrap": "整理",
    "paused": "小休", "lost": "失联", "logged out": "签出",
    # empty tables
    "nobody waits": "无人等待", "no calls": "无通话", "no trunks": "无中继",
    "nothing yet": "暂无", "nothing matches": "无匹配",
    # the frame
    "data {age} old": "数据 {age} 前", "no data yet": "尚无数据", "frozen": "已冻结",
    "no connection since {time}, last data {last}; trying again: {reason}":
    "{time} 起连接中断，最后数据 {last}；正在重连：{reason}",
    "no exchange answers at {path}: {reason}; trying again":
    "{path} 无应答：{reason}；正在重连",
    "sort: {column}": "排序：{column}", "filter: {text}": "筛选：{text}",
    "filter": "筛选", "monitor, may only look": "只读", "of {total}": "共 {total}",
    # keys
    "keys": "按键", "quit": "退出", "back": "返回", "freeze": "冻结", "language": "语言",
    "theme": "主题", "sort": "排序", "reverse": "倒序", "open": "打开", "palette": "命令",
    "why": "原因", "pause": "小休", "ready again": "示闲", "log out": "签出",
    "hang up": "挂断", "callers": "主叫列表", "other table": "另一表", "view": "视图",
    "next queue": "下一队列", "queue before": "上一队列", "Search for a command": "搜索命令",
    "any key closes this": "按任意键关闭", "no": "否", "yes": "是",
    # asking and telling
    "Pause {agent}. Reason?": "{agent} 小休，原因？", "enter pauses, esc does not":
    "回车确认，Esc 取消",
    "Log {agent} out?": "签出 {agent}？", "End {agent}'s pause or wrap-up?": "让 {agent} 示闲？",
    "Hang up the call of {caller}?": "挂断 {caller} 的通话？", "y yes   n no": "y 是   n 否",
    "{what}: done": "{what}：已完成", "refused: {reason}": "被拒绝：{reason}",
    "you may only look here": "您只有查看权限", "no connection": "连接已中断",
    "no row is chosen": "未选中任何行", "no answer came": "没有应答",
    "theme {name}": "主题 {name}",
    "this terminal cannot show Chinese: use SSH or kmscon":
    "this terminal cannot show Chinese: use SSH or kmscon",
}  # fmt: skip


class Words:
    """The words in one language; `say` is given to whoever draws."""

    def __init__(self, lang: str = "en") -> None:
        self.lang = lang if lang in LANGUAGES else "en"

    def turn(self) -> None:
        """The other language."""
        self.lang = "zh" if self.lang == "en" else "en"

    def say(self, english: str, /, **values: object) -> str:
        """An English text in the language, its `{names}` filled in."""
        text = ZH.get(english, english) if self.lang == "zh" else english
        return text.format(**values) if values else text
