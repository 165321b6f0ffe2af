//! Any bytes as a charge sheet, CSV or XLSX: charges or a reason, by our names of the columns and by
//! those that its heading suggests. What begins with `<` is the inside of a workbook's only sheet, so
//! that no run is spent on finding an archive with its checksums.
#![no_main]

use std::borrow::Cow;
use std::io::{Cursor, Write};

use firstpass::charges::{Mapping, first_rows, headings, read_sheet, read_table};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let bytes = dress(bytes);
    let _ = read_sheet(&bytes, None);
    let _ = read_table(&bytes);
    let _ = first_rows(&bytes, None, 5);
    if let Ok(headings) = headings(&bytes, None) {
        let _ = read_sheet(&bytes, Some(&Mapping::guess(&headings)));
    }
});

fn dress(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(b"<") {
        return Cow::Borrowed(bytes);
    }
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let relation = |id: &str, kind: &str, target: &str| {
        format!(r#"<Relationship Id="{id}" Type="{office}/{kind}" Target="{target}"/>"#)
    };
    let relations = |inside: &str| format!(r#"<Relationships xmlns="{package}">{inside}</Relationships>"#);
    let sheet =
        [format!(r#"<worksheet xmlns="{main}"><sheetData>"#).as_bytes(), bytes, b"</sheetData></worksheet>"]
            .concat();
    let files: [(&str, Vec<u8>); 5] = [
        ("_rels/.rels", relations(&relation("rId1", "officeDocument", "xl/workbook.xml")).into()),
        (
            "xl/workbook.xml",
            format!(r#"<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"#)
                .into(),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                &(relation("rId1", "worksheet", "worksheets/sheet1.xml") + &relation("rId2", "styles", "styles.xml")),
            )
            .into(),
        ),
        (
            "xl/styles.xml",
            format!(r#"<styleSheet xmlns="{main}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#)
                .into(),
        ),
        ("xl/worksheets/sheet1.xml", sheet),
    ];
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in files {
        archive.start_file(name, stored).expect("the name is one");
        archive.write_all(&content).expect("memory takes it");
    }
    Cow::Owned(archive.finish().expect("memory takes it").into_inner())
}
