/** @type {import('../reasons.js').Reason[]} */
export default [];
