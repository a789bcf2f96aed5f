using System.Text;

namespace Appliance.Web.Certificates;

/// <summary>A certificate as somebody gives it. No browser keeps it.</summary>
internal sealed class UploadDraft
{
    /// <summary>The files, by their names.</summary>
    public List<UploadPart> Files { get; } = [];

    /// <summary>The PEM text that was pasted; may be empty.</summary>
    public string Text { get; set; } = "";

    /// <summary>The password of the key, or of the PKCS#12 file.</summary>
    public string Password { get; set; } = "";

    /// <summary>What the certificate is called.</summary>
    public string Name { get; set; } = "";

    /// <summary>True to upload it in spite of a warning.</summary>
    public bool Confirmed { get; set; }

    /// <summary>Everything that was given.</summary>
    public IReadOnlyList<UploadPart> Parts() =>
        Text.Trim().Length == 0 ? Files : [.. Files, new(Upload.Text, "The pasted text", Encoding.UTF8.GetBytes(Text))];
}
