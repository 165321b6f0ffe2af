//! Each rule of level 4 by two stories: an edit of a right file that breaks it, and one that has
//! the same matter and keeps to it. `=` is the right file itself.
//!
//! A row says: rule (and others that the edit breaks too) | element | what breaks it | what does
//! not. An edit is `this => that`; `&&` joins several, each of the first place left.

use std::collections::BTreeSet;

use super::*;

/// Another subscriber of the practice, with a claim, in two pieces.
const SECOND: &str = "HL*3*1*22*0~SBR*P*18*******CI~NM1*IL*1*ROE*ANN****MI*M2~N3*3 MAIN ST~N4*PEORIA*IL*61602~DMG*D8*19800101*F~\
    NM1*PR*2*PLAN*****PI*P0001~";
const SECOND_CLAIM: &str =
    "CLM*A2*50***11:B:1*Y*A*Y*Y~HI*ABK:I10~LX*1~SV1*HC:99213*50*UN*1***1~DTP*472*D8*20251201~";
/// A third payer of a claim.
const THIRD: &str = "OI***Y***Y~NM1*IL*1*DOE*JANE****MI*M7~NM1*PR*2*THIRD*****PI*P0003~";

const PROFESSIONAL_STORIES: &str = "
replacement-needs-f8 | CLM05 | 11:B:1 => 11:B:7 | 11:B:1*Y*A*Y*Y~ => 11:B:7*Y*A*Y*Y~REF*F8*ICN1~
original-with-f8 | REF01 | *Y*A*Y*Y~ => *Y*A*Y*Y~REF*F8*ICN1~ | 11:B:1*Y*A*Y*Y~ => 11:B:8*Y*A*Y*Y~REF*F8*ICN1~
self-has-claims | SBR02 | SE* => {SECOND}SE* | SE* => {SECOND}{SECOND_CLAIM}SE*
patient-needed | SBR02 | SBR*S*18*G1 => SBR*S**G1 | =
patient-is-subscriber children-code earlier-payer | SBR02 | SE* => HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*SAM~N3*2 MAIN ST~N4*PEORIA*IL*61602~DMG*D8*20100101*M~{SECOND_CLAIM}SE* | =
children-code | HL04 | HL*2*1*22*0 => HL*2*1*22*1 | =
subscriber-address | NM101 | N3*2 MAIN ST~N4*PEORIA*IL*61602~ => | =
subscriber-birth | NM101 | DMG*D8*19800101*F~ => | =
period-order | DTP03 | D8*20251201 => RD8*20251202-20251201 | D8*20251201 => RD8*20251201-20251202
state | N402 | N4*PEORIA*IL*61602~ => N4*PEORIA**61602~ | N4*PEORIA*IL*61602~ => N4*PARIS**75001*FR~
zip | N403 | N4*PEORIA*IL*61602~ => N4*PEORIA*IL~ | N4*PEORIA*IL*61602~ => N4*PARIS***FR~
country-us | N404 | N4*PEORIA*IL*61602~ => N4*PEORIA*IL*61602*US~ | N4*PEORIA*IL*61602~ => N4*TORONTO*ON*M5V2T6*CA~
post-office-box | N301 | N3*1 MAIN ST => N3*PO BOX 12 | N3*1 MAIN ST => N3*1 BOX LANE
attachment-number | PWK06 | *Y*A*Y*Y~ => *Y*A*Y*Y~PWK*OZ*BM~ | *Y*A*Y*Y~ => *Y*A*Y*Y~PWK*OZ*BM***AC*77~
earlier-payer | SBR01 | SE* => {SECOND}{SECOND_CLAIM}SE* && SBR*P*18*******CI => SBR*S*18*******CI | SE* => {SECOND}{SECOND_CLAIM}SE*
payer-order | SBR01 | SBR*P*18*G2 => SBR*S*18*G2 | SBR*P*18*G2 => SBR*T*18*G2
adjudicating-payer cob-claim-balance cob-charge-balance | SVD01 | SVD*P0002*30 => SVD*P0003*30 | =
other-payer-paid-date | AMT02 | LX*1~ => SBR*T*18*G3******CI~AMT*D*0~{THIRD}LX*1~ | LX*1~ => SBR*T*18*G3******CI~AMT*D*0~{THIRD}DTP*573*D8*20251220~LX*1~
other-payer-paid-amount | SBR01 | LX*1~ => SBR*T*18*G3******CI~{THIRD}DTP*573*D8*20251220~LX*1~ | LX*1~ => SBR*T*18*G3******CI~AMT*D*0~{THIRD}DTP*573*D8*20251220~LX*1~
non-covered-amount | AMT02 | LX*1~ => SBR*T*18*G3******CI~AMT*A8*150~{THIRD}LX*1~ | LX*1~ => SBR*T*18*G3******CI~AMT*A8*200~{THIRD}LX*1~
non-covered-adjudicated | AMT01 | LX*1~ => SBR*T*18*G3******CI~AMT*D*0~AMT*A8*200~{THIRD}DTP*573*D8*20251220~LX*1~ | LX*1~ => SBR*T*18*G3******CI~AMT*A8*200~{THIRD}LX*1~
remaining-liability-twice | AMT01 | AMT*D*120~ => AMT*D*120~AMT*EAF*10~ && DTP*573*D8*20251220~LX*2 => DTP*573*D8*20251220~AMT*EAF*10~LX*2 | DTP*573*D8*20251220~LX*2 => DTP*573*D8*20251220~AMT*EAF*10~LX*2
adjustment-indicator | REF02 | PI*P0002~ => PI*P0002~REF*T4*N~ | PI*P0002~ => PI*P0002~REF*T4*Y~
bundled-line | SVD06 | HC:36415**1~ => HC:36415**1*3~ | HC:36415**1~ => HC:36415**1*1~
zero-adjustment | CAS06 | CAS*CO*45*20~ => CAS*CO*45*20**253*0~ | CAS*CO*45*20~ => CAS*CO*45*19**253*1~
organization-with-first-name | NM104 | NM1*85*2*CLINIC** => NM1*85*2*CLINIC*ANN* | NM1*85*2*CLINIC** => NM1*85*1*CLINIC*ANN*
tax-id | REF02 | REF*EI*371234567 => REF*EI*37-1234567 | REF*EI*371234567 => REF*SY*371234567
social-security-number | REF02 | 19800101*F~ => 19800101*F~REF*SY*123-45-6789~ | 19800101*F~ => 19800101*F~REF*SY*123456789~
pay-to-is-billing | N301 | 371234567~ => 371234567~NM1*87*2~N3*1 MAIN ST~N4*PEORIA*IL*616021234~ | 371234567~ => 371234567~NM1*87*2~N3*9 LAKE ST~N4*PEORIA*IL*616021234~
facility-is-billing | NM109 | E119~ => E119~NM1*77*2*CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*PEORIA*IL*616021234~ | E119~ => E119~NM1*77*2*CLINIC*****XX*1234567893~N3*9 LAKE ST~N4*PEORIA*IL*616021234~
line-rendering-is-claims | NM109 | E119~ => E119~NM1*82*1*LEE*SAM****XX*1999999984~ && 20251201~SVD*P0002*30 => 20251201~NM1*82*1*LEE*SAM****XX*1999999984~SVD*P0002*30 | E119~ => E119~NM1*82*1*LEE*SAM****XX*1999999984~ && 20251201~SVD*P0002*30 => 20251201~NM1*82*1*ROSS*BOB****XX*1888888889~SVD*P0002*30
group-name-with-number | SBR04 | SBR*S*18*G1** => SBR*S*18*G1*ACME* | SBR*S*18*G1** => SBR*S*18**ACME*
service-exception-code | REF02 | *Y*A*Y*Y~ => *Y*A*Y*Y~REF*4N*9~ | *Y*A*Y*Y~ => *Y*A*Y*Y~REF*4N*3~
amount-size amount-size | CLM02 | SE* => {SECOND}{SECOND_CLAIM}SE* && CLM*A2*50 => CLM*A2*100000000 && 99213*50 => 99213*100000000 | SE* => {SECOND}{SECOND_CLAIM}SE* && CLM*A2*50 => CLM*A2*99999999.99 && 99213*50 => 99213*99999999.99
diagnosis-with-point | HI02 | ABF:E119 => ABF:E11.9 | =
icd-mixed | HI02 | ABF:E119 => BF:25000 | =
icd-by-date | HI01 | HI*ABK:I10*ABF:E119 => HI*BK:4019*BF:25000 | HI*ABK:I10*ABF:E119 => HI*BK:4019*BF:25000 && 472*D8*20251201 => 472*D8*20150930 && 472*D8*20251201 => 472*D8*20150930
accident-date | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**AA:::IL~ | *Y*A*Y*Y~ => *Y*A*Y*Y**AA:::IL~DTP*439*D8*20251130~
accident-state | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**AA~DTP*439*D8*20251130~ | *Y*A*Y*Y~ => *Y*A*Y*Y**AA::::FR~DTP*439*D8*20251130~
accident-state-unneeded | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**EM:::IL~ | *Y*A*Y*Y~ => *Y*A*Y*Y**EM~
related-cause-twice | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**EM:EM~ | *Y*A*Y*Y~ => *Y*A*Y*Y**EM:OA~DTP*439*D8*20251130~
admission-date | CLM05 | 11:B:1 => 21:B:1 | 11:B:1*Y*A*Y*Y~ => 21:B:1*Y*A*Y*Y~DTP*435*D8*20251130~
discharge-before-admission | DTP03 | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*435*D8*20251130~DTP*096*D8*20251129~ | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*435*D8*20251130~DTP*096*D8*20251130~
diagnosis-pointer | SV107 | ***1:2~ => ***1:3~ | ***1:2~ => ***2:1~
diagnosis-pointer-twice | SV107 | ***1:2~ => ***1:1~ | =
medicare-secondary-reason | SBR05 | SBR*S*18*G1******CI => SBR*S*18*G1******MB | SBR*S*18*G1******CI => SBR*S*18*G1**12****MB
insurance-type | SBR05 | SBR*P*18*G2******MB => SBR*P*18*G2**12****MB | =
acute-manifestation | CR208 | SBR*S*18*G1******CI => SBR*S*18*G1**12****MB && HI*ABK => CR2********A~HI*ABK | SBR*S*18*G1******CI => SBR*S*18*G1**12****MB && HI*ABK => DTP*453*D8*20251101~CR2********A~HI*ABK
onset-is-service-date | DTP03 | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*431*D8*20251201~ | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*431*D8*20251130~
disability-dates | DTP02 | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*314*D8*20251101~ | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*314*RD8*20251101-20251115~
section-4081 | REF02 | *Y*A*Y*Y~ => *Y*A*Y*Y~REF*F5*X~ | *Y*A*Y*Y~ => *Y*A*Y*Y~REF*F5*N~
epsdt-referral | CRC03 | HI*ABK => CRC*ZZ*N*AV~HI*ABK | HI*ABK => CRC*ZZ*N*NU~HI*ABK
rendering-is-billing | NM109 | E119~ => E119~NM1*82*1*SMITH*ANN****XX*1234567893~ | E119~ => E119~NM1*82*1*SMITH*ANN****XX*1999999984~
primary-care-referral | NM101 | E119~ => E119~NM1*P3*1*LEE*SAM****XX*1999999984~ | E119~ => E119~NM1*DN*1*ROSS*BOB~NM1*P3*1*LEE*SAM****XX*1999999984~
ambulance-places | CR105 | HI*ABK => CR1*LB*140**A*DH*12~HI*ABK | HI*ABK => CR1*LB*140**A*DH*12~HI*ABK && E119~ => E119~NM1*PW*2~N3*1 ELM ST~N4*PEORIA*IL*61602~NM1*45*2~N3*9 OAK ST~N4*PEORIA*IL*61602~
ambulance-facility ambulance-places | NM101 | HI*ABK => CR1*LB*140**A*DH*12~HI*ABK && E119~ => E119~NM1*77*2*HOSPITAL~N3*5 ELM ST~N4*PEORIA*IL*616021234~ | HI*ABK => CR1*LB*140**A*DH*12~HI*ABK && E119~ => E119~NM1*PW*2~N3*1 ELM ST~N4*PEORIA*IL*61602~NM1*45*2~N3*9 OAK ST~N4*PEORIA*IL*61602~
ambulance-patients | QTY02 | 20251201~SVD*P0002*30 => 20251201~QTY*PT*1~SVD*P0002*30 | 20251201~SVD*P0002*30 => 20251201~QTY*PT*2~SVD*P0002*30
units-size | SV104 | *50*UN*1* => *50*UN*1.2345* | *50*UN*1* => *50*UN*1.234*
line-place-repeated | SV105 | *50*UN*1***1~ => *50*UN*1*11**1~ | *50*UN*1***1~ => *50*UN*1*12**1~
anesthesia-minutes | SV103 | HC:36415*50*UN*1* => HC:00142*50*UN*4* | HC:36415*50*UN*1* => HC:00142*50*MJ*61*
line-date-repeated | DTP03 | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*304*D8*20251101~ && 20251201~SVD*P0002*30 => 20251201~DTP*304*D8*20251101~SVD*P0002*30 | *Y*A*Y*Y~ => *Y*A*Y*Y~DTP*304*D8*20251101~ && 20251201~SVD*P0002*30 => 20251201~DTP*304*D8*20251115~SVD*P0002*30
ndc-digits | LIN03 | 20251201~SVD*P0002*30 => 20251201~LIN**N4*1234-5678-90~CTP****1*UN~SVD*P0002*30 | 20251201~SVD*P0002*30 => 20251201~LIN**N4*01234567890~CTP****1*UN~SVD*P0002*30
recertification-date | CR301 | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*R*MO*99~DTP*472*D8*20251201~DTP*463*D8*20241201~DTP*461*D8*20251101~ | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*R*MO*99~DTP*472*D8*20251201~DTP*607*D8*20251101~DTP*463*D8*20241201~DTP*461*D8*20251101~
begin-therapy-date | CR301 | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*I*MO*99~DTP*472*D8*20251201~DTP*461*D8*20251101~ | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*I*MO*99~DTP*472*D8*20251201~DTP*463*D8*20241201~DTP*461*D8*20251101~
last-certification-date | CR301 | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*I*MO*99~DTP*472*D8*20251201~DTP*463*D8*20241201~ | *50*UN*1***1~DTP*472*D8*20251201~ => *50*UN*1***1~CR3*I*MO*99~DTP*472*D8*20251201~DTP*463*D8*20241201~DTP*461*D8*20251101~
purchased-from | PS101 | 20251201~SVD*P0002*30 => 20251201~PS1*1999999984*20~SVD*P0002*30 | 20251201~SVD*P0002*30 => 20251201~PS1*1999999984*20~NM1*QB*2******XX*1999999984~SVD*P0002*30
";

const INSTITUTIONAL_STORIES: &str = "
statement-order | DTP03 | 20251201-20251203 => 20251203-20251201 | =
admission-date | CLM05 | DTP*435*DT*202512010815~ => | =
admitting-diagnosis | CLM05 | HI*ABJ:R0602~ => | =
admission-type | CL101 | CL1*1*7 => CL1**7 | =
admission-source | CL102 | CL1*1*7 => CL1*1* | =
newborn-source | CL102 | CL1*1*7 => CL1*4*7 | CL1*1*7 => CL1*4*5
interim-status | CL103 | 11:A:1 => 11:A:2 | 11:A:1 => 11:A:2 && *7*01 => *7*30
discharge-hour | CLM05 | DTP*096*TM*1130~ => | DTP*096*TM*1130~ => && *7*01 => *7*30
admission-after-statement | DTP03 | 202512010815 => 202512040815 | 202512010815 => 202512030815
service-date | SV201 | 11:A:1 => 13:A:1 && HI*BBR:0W9B3ZX:D8:20251202~ => | 11:A:1 => 13:A:1 && HI*BBR:0W9B3ZX:D8:20251202~ => && SV2*0120**800*DA*2~ => SV2*0510*HC:99213*800*UN*1~DTP*472*D8*20251201~
visit-reason | CLM05 | 11:A:1 => 13:A:1 && HI*BBR:0W9B3ZX:D8:20251202~ => && SV2*0120**800*DA*2~ => SV2*0450*HC:99283*800*UN*1~DTP*472*D8*20251201~ | 11:A:1 => 13:A:1 && HI*BBR:0W9B3ZX:D8:20251202~ => HI*APR:R0602~ && SV2*0120**800*DA*2~ => SV2*0450*HC:99283*800*UN*1~DTP*472*D8*20251201~
outpatient-procedure | HI01 | 11:A:1 => 13:A:1 && SV2*0120**800*DA*2~ => SV2*0510*HC:99213*800*UN*1~DTP*472*D8*20251201~ | 11:A:1 => 13:A:1 && HI*BBR:0W9B3ZX:D8:20251202~ => && SV2*0120**800*DA*2~ => SV2*0510*HC:99213*800*UN*1~DTP*472*D8*20251201~
other-procedure | HI01 | HI*BBR => HI*BBQ | HI*BBR:0W9B3ZX:D8:20251202~ => HI*BBR:0W9B3ZX:D8:20251202~HI*BBQ:0W9B3ZX:D8:20251203~
occurrence-span-order | HI01 | 20251101-20251105 => 20251105-20251101 | =
attending-provider | CLM01 | NM1*71*1*SMITH*ANN****XX*1234567893~ => | NM1*71*1*SMITH*ANN****XX*1234567893~ => && SV2*0120**800*DA*2 => SV2*0540*HC:A0428*800*UN*1 && SV2*0300*HC:80053 => SV2*0540*HC:A0425
other-operating-physician | NM101 | 1234567893~SBR => 1234567893~NM1*ZZ*1*LEE*SAM****XX*1999999984~SBR | 1234567893~SBR => 1234567893~NM1*72*1*ROSS*BOB~NM1*ZZ*1*LEE*SAM****XX*1999999984~SBR
rendering-is-attending | NM109 | 1234567893~SBR => 1234567893~NM1*82*1*SMITH*ANN****XX*1234567893~SBR | 1234567893~SBR => 1234567893~NM1*82*1*LEE*SAM****XX*1999999984~SBR
referring-is-attending | NM109 | 1234567893~SBR => 1234567893~NM1*DN*1*SMITH*ANN****XX*1234567893~SBR | 1234567893~SBR => 1234567893~NM1*DN*1*LEE*SAM****XX*1999999984~SBR
epsdt-referral | CRC03 | HI*ABK => CRC*ZZ*Y*NU~HI*ABK | HI*ABK => CRC*ZZ*Y*AV~HI*ABK
line-outside-statement | DTP03 | DTP*472*D8*20251201 => DTP*472*D8*20251204 | DTP*472*D8*20251201 => DTP*472*D8*20251203
total-line | SV201 | SV2*0300*HC:80053*200*UN*1~DTP*472*D8*20251201~ => SV2*0001**200*UN*1~ | =
hipps-code | SV202 | SV2*0300*HC:80053 => SV2*0022*HC:80053 | SV2*0300*HC:80053 => SV2*0022*HP:AAA00
units-size | SV205 | *200*UN*1~ => *200*UN*123456789~ | *200*UN*1~ => *200*UN*12345678~
ndc-digits | LIN03 | DTP*472*D8*20251201~ => DTP*472*D8*20251201~LIN**N4*1234~CTP****1*UN~ | DTP*472*D8*20251201~ => DTP*472*D8*20251201~LIN**N4*01234567890~CTP****1*UN~
";

const DENTAL_STORIES: &str = "
service-date | CLM01 | DTP*472*D8*20251201~ => | =
predetermination-date | DTP01 | *Y*A*Y*Y~ => *Y*A*Y*Y**********PB~ | *Y*A*Y*Y~DTP*472*D8*20251201~ => *Y*A*Y*Y**********PB~
prior-placement | SV305 | DTP*441*D8*20200101~ => | =
accident-date | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**OA~ | *Y*A*Y*Y~ => *Y*A*Y*Y**OA~DTP*439*D8*20251130~
accident-state | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**AA~DTP*439*D8*20251130~ | *Y*A*Y*Y~ => *Y*A*Y*Y**AA:::IL~DTP*439*D8*20251130~
accident-state-unneeded | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**EM:::IL~ | *Y*A*Y*Y~ => *Y*A*Y*Y**EM~
related-cause-twice | CLM11 | *Y*A*Y*Y~ => *Y*A*Y*Y**EM:EM~ | *Y*A*Y*Y~ => *Y*A*Y*Y**EM~
diagnosis-pointer | SV311 | R*1*****1~ => R*1*****2~ | =
rendering-is-billing | NM109 | K0262~ => K0262~NM1*82*1*SMITH*ANN****XX*1234567893~ | K0262~ => K0262~NM1*82*1*SMITH*ANN****XX*1999999984~
primary-care-referral | NM101 | K0262~ => K0262~NM1*P3*1*LEE*SAM****XX*1999999984~ | K0262~ => K0262~NM1*DN*1*ROSS*BOB~NM1*P3*1*LEE*SAM****XX*1999999984~
line-place-repeated | SV303 | *150**10*R => *150*11*10*R | *150**10*R => *150*12*10*R
line-date-repeated | DTP03 | M:O~ => M:O~DTP*472*D8*20251201~ | M:O~ => M:O~DTP*472*D8*20251202~
tooth-twice | DN201 | DN2*1*M~ => DN2*1*M~DN2*1*E~ | DN2*1*M~ => DN2*1*M~DN2*2*E~
";

const REMITTANCE_STORIES: &str = "
reversal-sign | CLP03 | CLP*A2*1* => CLP*A2*22* | CLP*A2*1*60*50*0*12*ICN2~CAS*CO*45*10 => CLP*A2*22*-60*-50**12*ICN2~CAS*CO*45*-10 && BPR*I*140 => BPR*I*40
bank-details | BPR14 | DA*98765* => ** | =
nothing-paid | BPR02 | ACH*CCP => NON* | BPR*I*140 => BPR*H*0 && ACH*CCP => NON* && WO:OLD1*10 => WO:OLD1*150
notification-paid | BPR02 | BPR*I*140 => BPR*H*140 | BPR*I*140 => BPR*H*0 && ACH*CCP => NON* && WO:OLD1*10 => WO:OLD1*150
zero-payment-method | BPR04 | BPR*I*140 => BPR*I*0 && WO:OLD1*10 => WO:OLD1*150 | BPR*I*140 => BPR*I*0 && ACH*CCP => NON* && WO:OLD1*10 => WO:OLD1*150
ach-format | BPR05 | ACH*CCP => ACH* | ACH*CCP => ACH*CTX
company-id | TRN03 | EFT1*1512345678 => EFT1*1999999999 | =
company-code | TRN04 | 1512345678** => 1512345678*123456789* && EFT1*1512345678 => EFT1*1512345678*987654321 | 1512345678** => 1512345678*123456789* && EFT1*1512345678 => EFT1*1512345678*123456789
delivery-method | RDM01 | XX*1234567893~ => XX*1234567893~RDM*OL**WWW.PLAN.EXAMPLE~ | XX*1234567893~ => XX*1234567893~RDM*OL**WWW.PLAN.EXAMPLE~ && BPR*I => BPR*U
predetermination-paid | CLP04 | CLP*A2*1* => CLP*A2*25* | CLP*A2*1*60*50*0*12*ICN2~CAS*CO*45*10 => CLP*A2*25*60*0*0*12*ICN2~CAS*OA*101*60 && BPR*I*140 => BPR*I*90
denied-paid | CLP04 | CLP*A2*1* => CLP*A2*4* | CLP*A2*1*60*50*0*12*ICN2~CAS*CO*45*10 => CLP*A2*4*60*0*0*12*ICN2~CAS*CO*31*60 && BPR*I*140 => BPR*I*90
crossover-carrier | CLP02 | CLP*A2*1* => CLP*A2*19* | CLP*A2*1* => CLP*A2*19* && RICHARD~ => RICHARD~NM1*TT*2*NEXT*****PI*N1~
crossover-status | CLP02 | RICHARD~ => RICHARD~NM1*TT*2*NEXT*****PI*N1~ | CLP*A2*1* => CLP*A2*19* && RICHARD~ => RICHARD~NM1*TT*2*NEXT*****PI*N1~
corrected-payer-forwarded | NM101 | CLP*A2*1* => CLP*A2*19* && RICHARD~ => RICHARD~NM1*TT*2*NEXT*****PI*N1~NM1*PR*2*OTHER*****PI*N2~ | RICHARD~ => RICHARD~NM1*PR*2*OTHER*****PI*N2~
inpatient-and-outpatient | MOA01 | RICHARD~ => RICHARD~MIA*0~MOA***MA01~ | RICHARD~ => RICHARD~MOA***MA01~
insured-is-patient | NM101 | RICHARD~ => RICHARD****MI*M7~NM1*IL*1*ROE*RICHARD****MI*M7~ | RICHARD~ => RICHARD****MI*M7~NM1*IL*1*ROE*ANN****MI*M7~
provider-is-payee | NM109 | RICHARD~ => RICHARD~NM1*82*1*SMITH*ANN****XX*1234567893~ | RICHARD~ => RICHARD~NM1*82*1*SMITH*ANN****XX*1999999984~
claim-dates | CLP01 | DTM*232*20251201~ => | =
claim-period | DTM02 | 232*20251201~ => 232*20251201~DTM*233*20251130~ | 232*20251201~ => 232*20251201~DTM*233*20251202~
coverage-expired | CLP02 | CAS*CO*45*10~ => CAS*CO*27*10~ | CAS*CO*45*10~ => CAS*CO*27*10~ && 232*20251201~ => 232*20251201~DTM*036*20251130~
service-period | DTM01 | DTM*472*20251201~ => DTM*150*20251201~ | DTM*472*20251201~ => DTM*150*20251201~DTM*151*20251202~
service-period-order | DTM02 | DTM*472*20251201~ => DTM*150*20251202~DTM*151*20251201~ | DTM*472*20251201~ => DTM*150*20251201~DTM*151*20251201~
billed-procedure-same | SVC06 | *100**1~ => *100**1*HC:99213~ | *100**1~ => *100**1*HC:99214~
billed-units-same | SVC07 | *100**1~ => *100**1**1~ | *100**1~ => *100**1**2~
revenue-code-twice | SVC04 | SVC*HC:99213*200*100**1~ => SVC*NU:0120*200*100*0120*1~ | SVC*HC:99213*200*100**1~ => SVC*HC:99213*200*100*0510*1~
zero-adjustment | CAS06 | CAS*CO*45*80~ => CAS*CO*45*80**253*0~ | CAS*CO*45*80~ => CAS*CO*45*79**253*1~
summary-claims | TS304 | LX*1~ => LX*1~TS3*1234567893*11*20261231*3*260~ | LX*1~ => LX*1~TS3*1234567893*11*20261231*2*260~
remark-needed | CAS02 | CAS*CO*45*80~ => CAS*CO*16*80~ | CAS*CO*45*80~CAS*PR*2*20~ => CAS*CO*16*80~CAS*PR*2*20~LQ*HE*N56~
interest-in-plb | AMT02 | 232*20251201~ => 232*20251201~AMT*I*2~ | 232*20251201~ => 232*20251201~AMT*I*2~ && WO:OLD1*10 => WO:OLD1*10*L6:ICN2*-2 && BPR*I*140 => BPR*I*142
";

/// The answer to two sets, of which the second was rejected for an element.
const ACKNOWLEDGMENT: &str = "ST*999*0001*005010X231A1~AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~\
    AK2*837*0002*005010X222A1~IK3*CLM*20*2300*8~CTX*CLM01:A1~IK4*2*782*6*XX~IK5*R*I5~AK9*P*2*2*1~SE*11*0001~";
const ACKNOWLEDGMENT_STORIES: &str = "
accepted-with-errors | IK501 | IK5*R*I5 => IK5*A && AK9*P*2*2*1 => AK9*E*2*2*2 | IK5*R*I5 => IK5*E*I5 && AK9*P*2*2*1 => AK9*E*2*2*2
group-code | AK901 | AK9*P*2*2*1 => AK9*A*2*2*1 | =
sets-counted | AK904 | AK9*P*2*2*1 => AK9*P*2*2*2 | =
rejected-reason | IK502 | IK5*R*I5 => IK5*R | =
elements-in-error | IK304 | IK4*2*782*6*XX~ => | 2300*8~CTX*CLM01:A1~IK4*2*782*6*XX~ => 2300*3~CTX*CLM01:A1~
";

/// The answer to an interchange.
const INTERCHANGE: &str = "TA1*000000011*260105*1200*A*000~";
const INTERCHANGE_STORIES: &str = "
accepted-with-note | TA105 | *A*000 => *A*025 | *A*000 => *E*025
reason | TA105 | *A*000 => *R*000 | *A*000 => *R*001
reason | TA105 | *A*000 => *E*000 | *A*000 => *R*031
";

/// The answer to two claims: one accepted, one rejected.
const CLAIM_ACKNOWLEDGMENT: &str = "ST*277*0001*005010X214~BHT*0085*08*R1*20260105*1200*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P0001~TRN*1*T1~\
    DTP*050*D8*20260105~DTP*009*D8*20260105~HL*2*1*21*1~NM1*41*2*CLINIC*****46*S1~TRN*2*B1~STC*A1:19:PR*20260105*WQ*200~\
    QTY*90*1~QTY*AA*1~AMT*YU*120~AMT*YY*80~HL*3*2*19*1~NM1*85*2*CLINIC*****XX*1234567893~HL*4*3*PT~NM1*QC*1*DOE*JANE****MI*M1~\
    TRN*2*A1~STC*A2:20:PR*20260105*WQ*120~REF*1K*ICN1~DTP*472*D8*20251201~HL*5*3*PT~NM1*QC*1*ROE*RICHARD****MI*M2~TRN*2*A2~\
    STC*A7:562:85*20260105*U*80~DTP*472*D8*20251201~SE*29*0001~";
const CLAIM_ACKNOWLEDGMENT_STORIES: &str = "
action-code | STC03 | *U*80 => *WQ*80 | =
status-in-words | STC12 | A7:562:85*20260105*U*80 => A7:448*20260105*U*80 | A7:562:85*20260105*U*80 => A7:448*20260105*U*80********UNITS AND DATES DISAGREE
claims-counted | QTY02 | QTY*AA*1 => QTY*AA*0 | QTY*AA*1 => QTY*AA*2
";

const STATUS: &str = "ST*277*0001*005010X212~BHT*0010*08*R1*20260105*1200*DG~HL*1**20*1~NM1*PR*2*PLAN*****PI*P0001~HL*2*1*21*1~\
    NM1*41*2*CLINIC*****46*S1~HL*3*2*19*1~NM1*1P*2*CLINIC*****XX*1234567893~HL*4*3*22*0~NM1*IL*1*DOE*JANE****MI*M1~TRN*2*Q1~\
    STC*F1:65*20260105**200*150~REF*1K*ICN1~DTP*472*D8*20251201~SE*15*0001~";
const STATUS_STORIES: &str = "
paid-amount | STC05 | *200*150 => *200 | F1:65*20260105**200*150 => F2:65*20260105**200
";

const REQUEST: &str = "ST*276*0001*005010X212~BHT*0010*13*Q1*20260105*1200~HL*1**20*1~NM1*PR*2*PLAN*****PI*P0001~HL*2*1*21*1~\
    NM1*41*2*CLINIC*****46*S1~HL*3*2*19*1~NM1*1P*2*CLINIC*****XX*1234567893~HL*4*3*22*0~DMG*D8*19800101*F~NM1*IL*1*DOE*JANE****MI*M1~\
    TRN*1*T1~AMT*T3*200~DTP*472*D8*20251201~SE*15*0001~";
const REQUEST_STORIES: &str = "
birth | HL03 | DMG*D8*19800101*F~ => | =
";

const INQUIRY: &str = "ST*270*0001*005010X279A1~BHT*0022*13*Q1*20260105*1200~HL*1**20*1~NM1*PR*2*PLAN*****PI*P0001~HL*2*1*21*1~\
    NM1*1P*2*CLINIC*****XX*1234567893~HL*3*2*22*0~NM1*IL*1*DOE*JANE****MI*M1~DMG*D8*19800101~EQ*30~SE*11*0001~";
const INQUIRY_STORIES: &str = "
children-code | HL04 | HL*3*2*22*0 => HL*3*2*22*1 | =
nothing-asked | HL03 | EQ*30~ => | =
search-options | NM109 | ****MI*M1~DMG*D8*19800101~ => ~ | ****MI*M1~ => ~
";

const BENEFITS: &str = "ST*271*0001*005010X279A1~BHT*0022*11*Q1*20260105*1200~HL*1**20*1~NM1*PR*2*PLAN*****PI*P0001~HL*2*1*21*1~\
    NM1*1P*2*CLINIC*****XX*1234567893~HL*3*2*22*0~NM1*IL*1*DOE*JANE****MI*M1~EB*1**30~LS*2120~NM1*P3*1*SMITH*ANN~LE*2120~SE*13*0001~";
const BENEFITS_STORIES: &str = "
related-parties | EB01 | NM1*P3*1*SMITH*ANN~ => | =
rejected-and-answered | AAA03 | M1~ => M1~AAA*N**72*C~ | M1~EB*1**30~LS*2120~NM1*P3*1*SMITH*ANN~LE*2120~ => M1~AAA*N**72*C~
";

/// A right set, its guide, the prefix of its rules' ids, and the stories about it.
struct Chapter {
    set: &'static str,
    kind: &'static str,
    version: &'static str,
    prefixes: &'static [&'static str],
    stories: &'static str,
}

const CHAPTERS: &[Chapter] = &[
    Chapter {
        set: CLAIMS,
        kind: "HC",
        version: "005010X222A1",
        prefixes: &["x12/837p/"],
        stories: PROFESSIONAL_STORIES,
    },
    Chapter {
        set: STAY,
        kind: "HC",
        version: "005010X223A2",
        prefixes: &["x12/837i/"],
        stories: INSTITUTIONAL_STORIES,
    },
    Chapter {
        set: FILLING,
        kind: "HC",
        version: "005010X224A2",
        prefixes: &["x12/837d/"],
        stories: DENTAL_STORIES,
    },
    Chapter {
        set: REMITTANCE,
        kind: "HP",
        version: "005010X221A1",
        prefixes: &["x12/835/"],
        stories: REMITTANCE_STORIES,
    },
    Chapter {
        set: INTERCHANGE,
        kind: "",
        version: "",
        prefixes: &["x12/ta1/"],
        stories: INTERCHANGE_STORIES,
    },
    Chapter {
        set: ACKNOWLEDGMENT,
        kind: "FA",
        version: "005010X231A1",
        prefixes: &["x12/999/"],
        stories: ACKNOWLEDGMENT_STORIES,
    },
    Chapter {
        set: CLAIM_ACKNOWLEDGMENT,
        kind: "HN",
        version: "005010X214",
        prefixes: &["x12/277/"],
        stories: CLAIM_ACKNOWLEDGMENT_STORIES,
    },
    Chapter {
        set: STATUS,
        kind: "HN",
        version: "005010X212",
        prefixes: &["x12/277/"],
        stories: STATUS_STORIES,
    },
    Chapter {
        set: REQUEST,
        kind: "HR",
        version: "005010X212",
        prefixes: &["x12/276/"],
        stories: REQUEST_STORIES,
    },
    Chapter {
        set: INQUIRY,
        kind: "HS",
        version: "005010X279A1",
        prefixes: &["x12/270/", "x12/27x/"],
        stories: INQUIRY_STORIES,
    },
    Chapter {
        set: BENEFITS,
        kind: "HB",
        version: "005010X279A1",
        prefixes: &["x12/271/"],
        stories: BENEFITS_STORIES,
    },
];

impl Chapter {
    /// The whole file with its set edited.
    fn edited(&self, edits: &str) -> String {
        let mut set = self.set.to_owned();
        for edit in edits.split(" && ").filter(|edit| *edit != "=") {
            let (from, to) = edit.split_once("=>").unwrap_or_else(|| panic!("no edit: {edit}"));
            let to = to.trim().replace("{SECOND}", SECOND).replace("{SECOND_CLAIM}", SECOND_CLAIM);
            let to = to.replace("{THIRD}", THIRD);
            assert!(set.contains(from.trim()), "no {from} for {edits}");
            set = set.replacen(from.trim(), &to, 1);
        }
        let (kind, version) = (self.kind, self.version);
        if kind.is_empty() {
            return format!("{ISA}{set}IEA*0*000000001~");
        }
        format!("{ISA}GS*{kind}*S1*R1*20260105*1200*1*X*{version}~{}GE*1*1~IEA*1*000000001~", counted(&set))
    }

    /// The rule of a short name.
    fn id(&self, name: &str) -> &'static str {
        let known = |id: &str| self.prefixes.iter().any(|prefix| id.strip_prefix(prefix) == Some(name));
        rules::ALL.iter().find(|rule| known(rule.id)).map_or_else(|| panic!("no rule {name}"), |rule| rule.id)
    }
}

#[test]
fn each_rule_of_level_4_is_broken_by_one_story_and_kept_by_another() {
    let mut told = BTreeSet::new();
    for chapter in CHAPTERS {
        let report = check(chapter.edited("=").as_bytes(), &Options::default());
        assert_eq!(report.issues, [], "{} itself", chapter.version);
        for row in chapter.stories.lines().filter(|row| !row.is_empty()) {
            let [names, element, broken, kept] = row.split(" | ").collect::<Vec<_>>()[..] else {
                panic!("not four columns: {row}");
            };
            let mut expected: Vec<&str> = names.split(' ').map(|name| chapter.id(name)).collect();
            let rule = expected[0];
            let report = check(chapter.edited(broken).as_bytes(), &Options::default());
            let place = report.issues.iter().find(|issue| issue.rule == rule);
            assert_eq!(
                place.and_then(|issue| issue.element.as_deref()),
                Some(element),
                "{rule}: {:#?}",
                report.issues
            );
            let mut found: Vec<&str> = report.issues.iter().map(|issue| issue.rule).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{rule}: {:#?}", report.issues);
            let report = check(chapter.edited(kept).as_bytes(), &Options::default());
            assert_eq!(report.issues, [], "{rule}, when it is kept");
            told.insert(rule);
        }
    }
    // A rule that the three claim guides share is told of one of them.
    let shared = |id: &str| id.strip_prefix("x12/837").map_or(id, |rest| &rest[1..]).to_owned();
    let told: BTreeSet<String> = told.into_iter().map(shared).collect();
    let all: BTreeSet<String> = rules::ALL
        .iter()
        .filter(|rule| rule.level == 4 && !rule.id.ends_with("/claims-in-set"))
        .map(|rule| shared(rule.id))
        .collect();
    assert_eq!(all.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(told.len() >= 120, "{} rules", told.len());
}

#[test]
fn more_claims_than_the_guide_recommends_are_a_warning() {
    let set = |count: usize| {
        let chapter = &CHAPTERS[0];
        let claims: String = (0..count).map(|_| SECOND_CLAIM).collect();
        let text = format!("{SECOND}{claims}");
        let counted = counted(&chapter.set.replacen("SE*", &format!("{text}SE*"), 1));
        format!("{ISA}GS*HC*S1*R1*20260105*1200*1*X*005010X222A1~{counted}GE*1*1~IEA*1*000000001~")
    };
    let rules = |text: String| -> Vec<&'static str> {
        check(text.as_bytes(), &Options::default()).issues.iter().map(|issue| issue.rule).collect()
    };
    // 100 claims of one patient are the most that loop 2300 repeats: level 2 says so, once.
    assert!(!rules(set(4_999)).contains(&"x12/837p/claims-in-set"));
    assert!(rules(set(5_000)).contains(&"x12/837p/claims-in-set"));
}
