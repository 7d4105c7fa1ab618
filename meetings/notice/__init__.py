"""The notice of a meeting (会议通知): its words, the page, and the document in the official layout."""
