"""What we publish, described for the portal of the service bus: OpenAPI 3.0, as it can be imported there, with relative
paths, since only the gateway knows where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.splp.readings import STATES
from queue_service.version import VERSION

OPENAPI = "3.0.3"
Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_COUNT: Json = {"type": "integer", "minimum": 0}
_SECONDS: Json = {"type": "integer", "minimum": 0, "nullable": True}
_DAY: Json = {"type": "string", "format": "date"}
_TIME: Json = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}


def _object(properties: Mapping[str, Json], **more: Any) -> Json:
    return {"type": "object", "required": list(properties), "properties": dict(properties), **more}


def _list(member: Json) -> Json:
    return {"type": "array", "items": member}


def _ref(name: str, kind: str = "schemas") -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


_WHERE = {"cabang": _TEXT, "nama_cabang": _TEXT}
_QUEUE = {**_WHERE, "antrean": _TEXT, "nama": _TEXT}

_SCHEMAS: Mapping[str, Json] = {
    "Layanan": _object(
        {
            **_QUEUE,
            "instansi": {**_TEXT, "nullable": True},
            "jenis": {"type": "string", "enum": ["loket", "jemput_bola"]},
            "nama_en": _TEXT,
            "persyaratan": _list(_TEXT),
            "data_diminta": _list(_TEXT),
            "jam_layanan": _list(
                _object(
                    {
                        "hari": _list({"type": "integer", "minimum": 1, "maximum": 7}),
                        "mulai": _TIME,
                        "selesai": _TIME,
                    }
                )
            ),
            "kuota_harian": {"type": "integer", "minimum": 1, "nullable": True},
            "ambil_di_tempat": {"type": "boolean"},
            "janji_temu": {"type": "boolean"},
        }
    ),
    "StatusLoket": _object(
        {
            **_QUEUE,
            "status": {"type": "string", "enum": list(STATES.values())},
            "dipanggil": _list(_object({"nomor": _TEXT, "loket": _TEXT})),
            "menunggu": _COUNT,
            "perkiraan_tunggu": {
                **_object({"median_detik": _COUNT, "p80_detik": _COUNT}),
                "nullable": True,
                "description": "Kosong selama belum dapat diketahui.",
            },
        }
    ),
    "StatistikHarian": _object(
        {
            **_QUEUE,
            "nomor_terbit": _COUNT,
            "dipanggil": _COUNT,
            "selesai": _COUNT,
            "tidak_hadir": _COUNT,
            "batal": _COUNT,
            "tunggu_median_detik": _SECONDS,
            "tunggu_p90_detik": _SECONDS,
        }
    ),
    "DaftarLayanan": _object({"layanan": _list(_ref("Layanan"))}),
    "DaftarStatusLoket": _object({"loket": _list(_ref("StatusLoket"))}),
    "DaftarStatistikHarian": _object({"tanggal": _DAY, "statistik": _list(_ref("StatistikHarian"))}),
    "Masalah": _object({"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "code": _TEXT}),
}

_PARAMETERS: Mapping[str, Json] = {
    "cabang": {
        "name": "cabang",
        "in": "query",
        "required": False,
        "description": "Hanya satu cabang.",
        "schema": {**_TEXT, "maxLength": 64},
    },
    "tanggal": {
        "name": "tanggal",
        "in": "query",
        "required": False,
        "description": "Hari di cabang; tanpa ini hari ini. Paling lama dua tahun ke belakang.",
        "schema": _DAY,
    },
}


def _answers(schema: str) -> Json:
    headers = {"ETag": {"schema": _TEXT}, "Cache-Control": {"schema": _TEXT}}
    content = {"application/json": {"schema": _ref(schema)}}
    problem = {"application/problem+json": {"schema": _ref("Masalah")}}
    return {
        "200": {"description": "Berhasil", "headers": headers, "content": content},
        "304": {"description": "Tidak berubah sejak ETag itu"},
        "400": {"description": "Permintaan keliru", "content": problem},
        "404": {"description": "Cabang tidak ada", "content": problem},
        "405": {"description": "Hanya GET dan HEAD", "content": problem},
    }


def _get(operation: str, summary: str, schema: str, *parameters: str) -> Json:
    asked = [_ref(name, "parameters") for name in parameters]
    get = {"operationId": operation, "summary": summary, "tags": ["antrean"], "parameters": asked}
    return {"get": {**get, "security": [], "responses": _answers(schema)}}


def description(title: str = "Antrean") -> Json:
    return {
        "openapi": OPENAPI,
        "info": {
            "title": title,
            "version": VERSION,
            "description": "Layanan, status loket dan statistik harian antrean. Hanya baca, tanpa data pribadi.",
        },
        "servers": [{"url": "."}],
        "tags": [{"name": "antrean"}],
        "paths": {
            "/layanan": _get("daftarLayanan", "Layanan dan persyaratannya", "DaftarLayanan", "cabang"),
            "/loket/status": _get("statusLoket", "Yang dipanggil, menunggu, perkiraan", "DaftarStatusLoket", "cabang"),
            "/statistik/harian": _get(
                "statistikHarian", "Jumlah dan waktu tunggu satu hari", "DaftarStatistikHarian", "cabang", "tanggal"
            ),
        },
        "components": {"schemas": dict(_SCHEMAS), "parameters": dict(_PARAMETERS)},
    }
