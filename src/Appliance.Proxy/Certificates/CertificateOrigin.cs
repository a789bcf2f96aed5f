namespace Appliance.Proxy.Certificates;

/// <summary>Where a certificate comes from.</summary>
public enum CertificateOrigin
{
    /// <summary>Made at the start, for lack of another.</summary>
    Made,

    /// <summary>A file of the folder.</summary>
    Folder,

    /// <summary>Held by the product: uploaded, self-signed or ordered in the console.</summary>
    Held,
}
