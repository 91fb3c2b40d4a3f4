// Writes and reads times of music. It knows nothing of what is played.

// 3:07, 1:02:45
export const clock = (seconds) => {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const [hours, minutes, rest] = parts(whole);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

// 1m20s, as it stands in an address
export const timecode = (seconds) => {
  const [hours, minutes, rest] = parts(Math.max(0, Math.floor(seconds)));
  return `${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${rest}s`;
};

// Seconds of 1h2m3s, 1m20s, 80s, 80 or 1:20; null for what is no time.
export const secondsOf = (text) => {
  const said = /^(?:(\d{1,2})h)?(?:(\d{1,3})m)?(?:(\d{1,5})s?)?$/.exec(text) || /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})$/.exec(text);
  if (!text || !said) return null;
  const [hours, minutes, rest] = said.slice(1).map((digits) => Number(digits || 0));
  return hours * 3600 + minutes * 60 + rest;
};

const parts = (whole) => [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
