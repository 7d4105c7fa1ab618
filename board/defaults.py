"""The categories a county starts with, each with its aspects, in the county's language."""

CATEGORIES: dict[str, list[tuple[str, list[str]]]] = {
    "zh-hans": [
        ("干部工作", ["选拔任用", "教育培训", "考核评价", "监督管理"]),
        ("基层党建", ["组织建设", "党员教育管理", "组织生活", "村（社区）班子"]),
        ("人才工作", ["引进培养", "联系服务", "作用发挥"]),
        ("自身建设", ["队伍建设", "业务能力", "作风纪律", "档案与信息化"]),
    ],
    "zh-hant": [
        ("幹部工作", ["選拔任用", "教育培訓", "考核評價", "監督管理"]),
        ("基層黨建", ["組織建設", "黨員教育管理", "組織生活", "村（社區）班子"]),
        ("人才工作", ["引進培養", "聯繫服務", "作用發揮"]),
        ("自身建設", ["隊伍建設", "業務能力", "作風紀律", "檔案與資訊化"]),
    ],
    "en": [
        ("Cadre work", ["Selection", "Training", "Assessment", "Supervision"]),
        (
            "Grass-roots party building",
            ["Organisation", "Members", "Organisational life", "Village leadership"],
        ),
        ("Talent work", ["Recruiting and training", "Care and services", "Putting to use"]),
        ("Self-building", ["Team", "Professional skill", "Conduct", "Files and systems"]),
    ],
}


def categories_in(language: str) -> list[tuple[str, list[str]]]:
    """(category, its aspects) in a language of the hub."""
    return CATEGORIES.get(language) or CATEGORIES["zh-hans"]
