//! The report as a table in the form's terms, as CSV and as a workbook. The same report gives the same bytes.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::credits::medicare::{
    LEFT_BLANK, MedicareCredit, MedicareReport, MedicareWaiting, NOTHING_TO_REPORT,
};
use crate::types::{Money, Phi, Result};

/// The columns: the form's fifteen in its order and by its names, then what stands beside.
const COLUMNS: [&str; 24] = [
    "Beneficiary name",
    "HIC number (MBI)",
    "ICN number",
    "Type of bill",
    "Admission date",
    "Discharge date",
    "Paid date",
    "Cost report (O/C)",
    "Amount of Medicare credit balance",
    "Amount of Medicare credit balance repaid",
    "Method of payment",
    "Medicare amount outstanding",
    "Reason for Medicare credit balance",
    "Value code",
    "Primary payer (name and billing address)",
    "Medicare part",
    "Medicare payer",
    "Claim number",
    "Read from",
    "Known since",
    "Days known",
    "Return by (60 days)",
    "Late",
    "Open at the end of the quarter before",
];

/// The columns of what waits.
const WAITING_COLUMNS: [&str; 12] = [
    "What it would be",
    "Medicare would count it",
    "Amount",
    "Medicare payer",
    "Medicare part",
    "Claim number",
    "ICN number",
    "Paid date",
    "Waits since",
    "Days",
    "Return by (60 days)",
    "Late",
];

/// A cell: an amount is a number where the file has numbers.
enum Cell {
    Text(String),
    Amount(Money),
}

impl Cell {
    fn maybe(text: Option<impl ToString>) -> Cell {
        Cell::Text(text.map(|text| text.to_string()).unwrap_or_default())
    }
}

/// What no report of ours can say: a column of the form that stays blank.
fn blank() -> Cell {
    Cell::Text(String::new())
}

fn yes(is: bool) -> Cell {
    Cell::Text(if is { "yes" } else { "" }.to_owned())
}

fn waiting_cells(waiting: &MedicareWaiting) -> [Cell; WAITING_COLUMNS.len()] {
    [
        Cell::Text(waiting.waiting_for.label().to_owned()),
        yes(waiting.is_excess),
        Cell::Amount(waiting.amount),
        Cell::Text(waiting.payer_name.clone()),
        Cell::Text(waiting.part.letter().to_owned()),
        Cell::maybe(waiting.number.as_ref()),
        Cell::maybe(waiting.payer_claim_control_number.as_ref()),
        Cell::maybe(waiting.paid_on),
        Cell::Text(waiting.since.to_string()),
        Cell::Text(waiting.days.to_string()),
        Cell::maybe(waiting.return_by),
        yes(waiting.late),
    ]
}

fn cells(credit: &MedicareCredit) -> [Cell; COLUMNS.len()] {
    [
        Cell::maybe(credit.patient_name.as_ref().map(Phi::expose)),
        Cell::maybe(credit.member_id.as_ref().map(Phi::expose)),
        Cell::maybe(credit.payer_claim_control_number.as_ref()),
        blank(),
        Cell::maybe(credit.service_from),
        Cell::maybe(credit.service_thru),
        Cell::maybe(credit.paid_on),
        blank(),
        Cell::Amount(credit.amount),
        Cell::Amount(credit.repaid),
        Cell::maybe(credit.method.map(super::Method::code)),
        Cell::Amount(credit.outstanding),
        Cell::Text(credit.reason.code().to_owned()),
        Cell::maybe(credit.value_code.as_ref()),
        Cell::maybe(credit.primary_payer.as_ref()),
        Cell::Text(credit.part.letter().to_owned()),
        Cell::Text(credit.payer_name.clone()),
        Cell::maybe(credit.number.as_ref()),
        Cell::maybe(credit.why.as_ref()),
        Cell::Text(credit.since.to_string()),
        Cell::Text(credit.days.to_string()),
        Cell::Text(credit.return_by.to_string()),
        yes(credit.late),
        yes(credit.reported_before),
    ]
}

impl MedicareReport {
    /// What a file of it is called.
    #[must_use]
    pub fn file_name(&self, ending: &str) -> String {
        format!("medicare-credit-balances-{}-as-of-{}.{ending}", self.quarter, self.as_of)
    }

    /// The claims as CSV; a report of none says so.
    pub fn csv(&self) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(vec![]);
        writer.write_record(COLUMNS).map_err(anyhow::Error::from)?;
        for credit in &self.credits {
            let row = cells(credit).map(|cell| match cell {
                Cell::Text(text) => text,
                Cell::Amount(amount) => amount.to_string(),
            });
            writer.write_record(row).map_err(anyhow::Error::from)?;
        }
        if self.nothing_to_report {
            let mut row = [""; COLUMNS.len()];
            row[0] = NOTHING_TO_REPORT;
            writer.write_record(row).map_err(anyhow::Error::from)?;
        }
        Ok(writer.into_inner().map_err(|fault| anyhow::anyhow!("{}", fault.error()))?)
    }

    /// The certification page and the detail page as the sheets of a workbook, and what waits on one of its own.
    pub fn xlsx(&self) -> Result<Vec<u8>> {
        Ok(self.workbook()?)
    }

    fn workbook(&self) -> anyhow::Result<Vec<u8>> {
        let mut book = Workbook::new();
        // The moment of writing would make other bytes each time.
        let made = ExcelDateTime::parse_from_str(&self.as_of.to_string())?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        self.certification(book.add_worksheet())?;
        self.detail(book.add_worksheet())?;
        table(
            book.add_worksheet().set_name("Not on the form yet")?,
            &WAITING_COLUMNS,
            self.waiting.iter().map(waiting_cells),
        )?;
        Ok(book.save_to_buffer()?)
    }

    fn certification(&self, sheet: &mut Worksheet) -> anyhow::Result<()> {
        sheet.set_name("Certification")?;
        sheet.set_column_width(0, 48)?;
        sheet.set_column_width(1, 60)?;
        let kept = |text: &Option<String>| text.clone().unwrap_or_default();
        let says = if self.nothing_to_report { NOTHING_TO_REPORT } else { "Detail page is attached" };
        let mut rows = vec![
            ("Medicare Credit Balance Report (CMS-838)".to_owned(), self.quarter.to_string()),
            ("Calendar quarter ended".to_owned(), self.quarter.last().to_string()),
            ("As of".to_owned(), self.as_of.to_string()),
            ("Due".to_owned(), self.due_on.to_string()),
            ("Provider name".to_owned(), self.practice.clone()),
            ("NPI".to_owned(), kept(&self.npi)),
            ("Contact person".to_owned(), kept(&self.contact)),
            ("Telephone number".to_owned(), kept(&self.telephone)),
            ("Check one".to_owned(), says.to_owned()),
            (String::new(), String::new()),
            ("Left blank, for a person to fill in".to_owned(), String::new()),
        ];
        rows.extend(LEFT_BLANK.iter().map(|blank| (blank.field.to_owned(), blank.why.to_owned())));
        for (row, (field, value)) in (0_u32..).zip(rows) {
            sheet.write(row, 0, field)?;
            sheet.write(row, 1, value)?;
        }
        Ok(())
    }

    fn detail(&self, sheet: &mut Worksheet) -> anyhow::Result<()> {
        sheet.set_name("Detail")?;
        table(sheet, &COLUMNS, self.credits.iter().map(cells))?;
        if self.nothing_to_report {
            sheet.write(1, 0, NOTHING_TO_REPORT)?;
        }
        Ok(())
    }
}

/// A heading, and rows of as many cells.
fn table<const N: usize>(
    sheet: &mut Worksheet,
    heading: &[&str; N],
    rows: impl Iterator<Item = [Cell; N]>,
) -> anyhow::Result<()> {
    sheet.set_freeze_panes(1, 0)?;
    let columns = || 0_u16..;
    for (column, caption) in columns().zip(heading) {
        sheet.write(0, column, *caption)?;
        sheet.set_column_width(column, 20)?;
    }
    let money = Format::new().set_num_format("#,##0.00");
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in columns().zip(cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    sheet.write(row, column, text)?;
                }
                Cell::Amount(amount) => {
                    sheet.write_with_format(row, column, amount.to_decimal(), &money)?;
                }
            }
        }
    }
    Ok(())
}
