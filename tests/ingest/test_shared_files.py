"""Every public file has its outcome: what it is recognised as, its records and rows, and what is told of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab import ingest

SCANNED = "pdf_scanned_ocr" if shutil.which("tesseract") else "pdf_scanned"
"""What is said of a scan: another sentence where a text recognition engine is installed."""
EXPECTED = {
    "PROVENANCE.md": ("text", "document", "utf-8", 0, 0, ""),
    "azure_samples/aml_oai_v1_prompt_completion_train.jsonl": (
        "JSONL",
        "prompt_completion",
        "utf-8",
        408,
        408,
        "end_token_removed",
    ),
    "azure_samples/aml_oai_v2_chat_train.jsonl": ("JSONL", "chat", "utf-8", 128, 128, "refusal repeated_turn"),
    "azure_samples/foundry_stock_toolcall_train.jsonl": ("JSONL", "chat", "utf-8", 86, 86, "outer_spaces refusal"),
    "chinese_domain/disc_lawllm_qa_short_answer.json": (
        "JSON",
        "question_answer",
        "utf-8",
        300,
        300,
        "duplicate fields_not_used outer_spaces",
    ),
    "chinese_domain/toyhom_internal_medicine_head2000_GBK.csv": (
        "CSV",
        "question_answer",
        "gb18030",
        2000,
        2000,
        "conflicting_answers cut_answer duplicate fields_not_used outer_spaces",
    ),
    "classification/banking77_categories.json": ("JSON", "not_a_record", "utf-8", 77, 0, "not_a_record"),
    "classification/banking77_train.csv": (
        "CSV",
        "classification",
        "utf-8",
        10003,
        10003,
        "conflicting_answers outer_spaces",
    ),
    "derived/en_dolphinscheduler_faq_gold.jsonl": (
        "JSONL",
        "question_answer",
        "utf-8",
        58,
        58,
        "fields_not_used html_left",
    ),
    "derived/zh_dolphinscheduler_faq_gold.jsonl": (
        "JSONL",
        "question_answer",
        "utf-8",
        57,
        57,
        "fields_not_used html_left other_language",
    ),
    "derived/zh_toyhom_labtest_subset_alpaca.jsonl": (
        "JSONL",
        "alpaca",
        "utf-8",
        156,
        156,
        "cut_answer cut_answer_long fields_not_used",
    ),
    "documents/bad_pdf_scanned_medical_report.pdf": ("PDF", SCANNED, "", 0, 0, SCANNED),
    "documents/en_18f_code-of-conduct.md": ("text", "document", "utf-8", 0, 0, ""),
    "documents/en_18f_one-on-ones.md": ("text", "document", "utf-8", 0, 0, ""),
    "documents/en_dolphinscheduler_faq.md": ("text", "document", "utf-8", 0, 0, ""),
    "documents/en_margies_travel_company_info.pdf": ("PDF", "document", "", 0, 0, ""),
    "documents/zh_dolphinscheduler_faq.md": ("text", "document", "utf-8", 0, 0, ""),
    "documents/zh_dolphinscheduler_security-model.md": ("text", "document", "utf-8", 0, 0, ""),
    "documents/zh_ocr_test.pdf": ("PDF", SCANNED, "", 0, 0, SCANNED),
    "documents/zh_p3c_java_manual_huangshan.pdf": (
        "PDF",
        "document",
        "",
        0,
        0,
        "pdf_lines_left_out pdf_pages_without_text",
    ),
    "gold_qa/mt_bench_question.jsonl": ("JSONL", "question_turns", "utf-8", 80, 0, "question_turns"),
    "gold_qa/ragas_hf_doc_qa_eval.csv": ("CSV", "question_answer", "utf-8", 66, 65, "empty_content outer_spaces"),
    "llamafactory/dataset_info.json": ("JSON", "dataset_info", "utf-8", 1, 0, "dataset_info"),
    "llamafactory/glaive_toolcall_en_demo.json": (
        "JSON",
        "sharegpt",
        "utf-8",
        300,
        300,
        "conflicting_answers duplicate refusal",
    ),
    "llamafactory/identity.json": ("JSON", "alpaca", "utf-8", 91, 91, "conflicting_answers placeholder"),
    "messy/csvkit/mac_newlines.csv": ("CSV", "unknown_columns", "utf-8", 2, 0, "unknown_columns"),
    "messy/csvkit/null_byte.csv": ("CSV", "unknown_columns", "utf-8", 1, 0, "nul_bytes unknown_columns"),
    "messy/csvkit/test_utf16_little.csv": ("CSV", "unknown_columns", "utf-16", 2, 0, "unknown_columns"),
    "messy/empty_file__shopbot_train_v2.jsonl": ("", "empty_file", "", 0, 0, "empty_file"),
    "messy/frictionless/doublequote.csv": ("CSV", "unknown_columns", "utf-8", 5, 0, "unknown_columns"),
    "messy/frictionless/duplicate-headers.csv": (
        "CSV",
        "unknown_columns",
        "utf-8",
        2,
        0,
        "repeated_column unknown_columns",
    ),
    "messy/frictionless/table.keyed.json": ("JSON", "unknown_columns", "utf-8", 2, 0, "unknown_columns"),
    "messy/json_test_suite/i_structure_UTF-8_BOM_empty_object.json": (
        "JSON",
        "unknown_columns",
        "utf-8-sig",
        1,
        0,
        "unknown_columns",
    ),
    "messy/json_test_suite/n_number_NaN.json": ("JSON", "not_a_record", "utf-8", 1, 0, "not_a_number not_a_record"),
    "messy/json_test_suite/n_structure_100000_opening_arrays.json": ("JSON", "too_deep", "utf-8", 1, 0, "too_deep"),
    "messy/lfs_pointer__securecode_train.jsonl": ("", "lfs_pointer", "", 0, 0, "lfs_pointer"),
    "messy/ms_swift/alpaca.csv": ("CSV", "alpaca", "utf-8", 3, 3, ""),
    "messy/ms_swift/chatml.jsonl": ("JSONL", "chat", "utf-8", 3, 3, ""),
    "messy/ms_swift/conversations.jsonl": ("JSONL", "sharegpt", "utf-8", 3, 3, ""),
    "messy/ms_swift/sharegpt.jsonl": ("JSONL", "sharegpt", "utf-8", 3, 3, ""),
    "messy/parquet_testing/PARQUET-1481.parquet": ("Parquet", "broken_parquet", "", 0, 0, "broken_parquet"),
    "messy/parquet_testing/nested_lists.snappy.parquet": ("Parquet", "unknown_columns", "", 3, 0, "unknown_columns"),
    "messy/raw_newlines_in_strings__ungrounded_attr.jsonl": (
        "JSONL",
        "question_answer",
        "utf-8",
        2,
        2,
        "fields_not_used raw_line_breaks",
    ),
    "messy/truncated_array__financial_report_v2_head300lines.jsonl": (
        "JSON",
        "prompt_only",
        "utf-8",
        38,
        0,
        "cut_off prompt_only",
    ),
    "mslearn_travel/travel-finetune-hotel.jsonl": ("JSONL", "chat", "utf-8", 10, 10, ""),
    "mslearn_travel/travel-finetune-validation.jsonl": ("JSONL", "no_assistant", "utf-8", 5, 0, "no_assistant"),
    "mslearn_travel/travel-qa.jsonl": ("JSONL", "question_answer", "utf-8", 5, 5, ""),
    "mslearn_travel/travel-questions.jsonl": ("JSONL", "prompt_only", "utf-8", 5, 0, "prompt_only"),
    "mslearn_travel/travel_evaluation_data.csv": (
        "CSV",
        "question_answer",
        "utf-8-sig",
        5,
        5,
        "cut_answer outer_spaces",
    ),
    "openai_cookbook/NotRealCorp_financial_data.json": (
        "JSON",
        "unknown_columns",
        "utf-8",
        48,
        0,
        "columns_read unknown_columns",
    ),
    "openai_cookbook/helpcenter_articles.csv": (
        "CSV",
        "unknown_columns",
        "utf-8",
        4,
        0,
        "columns_guessed unknown_columns",
    ),
    "openai_cookbook/toy_chat_fine_tuning.jsonl": ("JSONL", "chat", "utf-8", 5, 4, "loop starts_with_assistant"),
    "stories/family_zh.jsonl": ("JSONL", "chat", "utf-8", 10, 9, "system_only"),
    "text2sql/defog_questions_gen_sqlite.csv": ("CSV", "prompt_only", "utf-8", 210, 0, "columns_guessed prompt_only"),
    "text2sql/tugraph_text2cypher_zh_train.json": (
        "JSON",
        "alpaca",
        "utf-8",
        109,
        109,
        "duplicate fields_not_used foreign_template",
    ),
    "xml_parquet/gsm8k_verl_test_short.parquet": ("Parquet", "graded", "", 32, 32, "fields_not_used"),
    "xml_parquet/medquad_5_NIDDK_QA_0000008.xml": (
        "XML",
        "question_answer",
        "",
        8,
        8,
        "conflicting_answers fields_not_used",
    ),
    "xml_parquet/medquad_NOANSWER_10_MPlus_ADAM_QA_0000080.xml": ("XML", "empty_content", "", 10, 0, "empty_content"),
}
"""File → written as, rows' shape or reason, encoding, records, rows, codes of what is told."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_public_file_is_read_as_expected(shared: Path, name: str) -> None:
    reading = ingest.read([shared / name])
    (file,) = reading.files
    codes = " ".join(sorted({problem.code for problem in reading.problems}))
    assert (file.kind, file.format, file.encoding, file.records, file.ok, codes) == EXPECTED[name]
    lost = sum(ingest.places(problem) for problem in reading.problems if problem.severity == "error")
    assert lost >= file.records - file.ok
    assert file.ok == len(reading.rows) and (file.ok or reading.documents or lost)
    assert reading.complete and len(reading.problems) <= 25
    for problem in reading.problems:
        assert ingest.describe(problem, "zh") and ingest.describe(problem, "en")


def test_every_public_file_is_a_case(shared: Path) -> None:
    assert {path.relative_to(shared).as_posix() for path in shared.rglob("*") if path.is_file()} == set(EXPECTED)


def test_many_public_files_at_once_are_sorted_into_rows_and_documents(shared: Path) -> None:
    small = {name: case for name, case in EXPECTED.items() if (shared / name).stat().st_size < 100_000}
    stream = ingest.stream([shared / name for name in small])
    rows = sum(1 for _ in stream)
    assert rows == sum(case[4] for name, case in small.items() if not name.endswith("dataset_info.json"))
    assert len(stream.files) == len(small) and stream.documents
