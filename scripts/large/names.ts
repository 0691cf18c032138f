/** What companies are called, in several scripts, and what nobody should be called. */
import { chance, oneOf } from './chance.ts'

const FIRST = [
  'Aurora',
  'Baltic',
  'Cedar',
  'Dunmore',
  'Eastgate',
  'Fairview',
  'Gotthard',
  'Hanse',
  'Inverness',
  'Kestrel',
  'Lakeside',
  'Meridian',
  'Northwind',
  'Oakridge',
  'Pinnacle',
  'Quarry',
  'Rheinland',
  'Summit',
  'Tideway',
  'Umbra',
  'Verdant',
  'Westbrook',
  'Yarrow',
  'Zephyr',
] as const

const SECOND = [
  'Analytics',
  'Bäckerei',
  'Capital',
  'Design',
  'Energie',
  'Foods',
  'Games',
  'Health',
  'Insurance',
  'Klinik',
  'Logistics',
  'Media',
  'Optics',
  'Partners',
  'Robotics',
  'Software',
  'Travel',
  'Werke',
] as const

const FORM = ['AG', 'B.V.', 'GmbH', 'Inc.', 'Ltd', 'S.A.', 'SAS', 'AB'] as const

const ELSEWHERE = [
  'شركة النور للتجارة',
  'מעבדות כרמל בע״מ',
  '株式会社さくら商店',
  '上海云帆科技有限公司',
  'Αιγαίο Ναυτιλιακή',
  'ООО «Северный ветер»',
  '한빛소프트 주식회사',
  'ร้านดอกไม้กรุงเทพ',
  '🚀 Rocket Kitchen 🍜',
  '👩‍👩‍👧‍👦 Família & Filhos',
] as const

/** Each is somebody’s idea of a joke; none may break a page, a spreadsheet or the row next to it. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '=HYPERLINK("https://evil.example","Prize")',
  '+1-202-555-0100',
  '\u202Egnp.exe Ltd',
  "Robert'); DROP TABLE customers;--",
  'A'.repeat(200),
  'Z̸̙̈a̵l̶g̷o̴ & Sons',
] as const

/** The nth customer's name; null for whoever has given none. */
export function nameOf(n: number): string | null {
  if (n % 500 === 1) return oneOf(HOSTILE, n, 1)
  if (n % 12 === 2) return null
  if (n % 9 === 4) return `${oneOf(ELSEWHERE, n, 2)} ${Math.floor(chance(n, 3) * 900) + 100}`
  return `${oneOf(FIRST, n, 4)} ${oneOf(SECOND, n, 5)} ${oneOf(FORM, n, 6)}`
}
