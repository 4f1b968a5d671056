// "Select all" on the lists of jobs.
document.getElementById("action-toggle")?.addEventListener("change", (event) => {
  for (const box of document.querySelectorAll("input.action-select")) box.checked = event.target.checked;
});
