namespace Appliance.Web.Hosting;

/// <summary>The result of reading the environment.</summary>
/// <param name="Options">The settings; null when there are problems.</param>
/// <param name="Problems">Every bad setting, one sentence each, with its name and what it takes.</param>
/// <param name="Warnings">Variables that look like a setting and are unknown.</param>
public sealed record SettingsReading(ApplianceOptions? Options, IReadOnlyList<string> Problems, IReadOnlyList<string> Warnings);
