import './theme.css';
import { render } from 'preact';
import { App } from './app.js';
import { startStudio } from './studio.js';
import { startTheme } from './ui/theme.js';
import { startTips } from './ui/tip.js';

startTheme();
startTips();
startStudio();
render(<App />, document.getElementById('app')!);
