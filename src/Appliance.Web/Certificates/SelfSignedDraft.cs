namespace Appliance.Web.Certificates;

/// <summary>A self-signed certificate as somebody types it.</summary>
public sealed class SelfSignedDraft
{
    /// <summary>Names and addresses, separated by blanks, commas or lines.</summary>
    public string Names { get; set; } = "";

    /// <summary>For how many days. Default a year.</summary>
    public string Days { get; set; } = "365";

    /// <summary>Code of the key's kind.</summary>
    public string Key { get; set; } = SelfSigner.KeyKinds[0].Value;

    /// <summary>What it is called; empty: as the first of its names.</summary>
    public string Name { get; set; } = "";
}
