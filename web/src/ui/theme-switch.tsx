import { THEMES, type Theme, theme } from './theme.js';

const NAMES: Record<Theme, string> = { auto: 'Like the system', light: 'Light', dark: 'Dark' };

export function ThemeSwitch() {
  return (
    <label>
      <span class="away">Colours</span>
      <select
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = THEMES.find((name) => name === currentTarget.value) ?? 'auto';
        }}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
