namespace Appliance.Data.Notices;

/// <summary>The ways in which notices leave the product.</summary>
public enum ChannelKind
{
    /// <summary>A POST of JSON to an address.</summary>
    Webhook,

    /// <summary>An incoming webhook of Slack, or of what takes the same.</summary>
    Slack,

    /// <summary>A webhook of a channel of Discord.</summary>
    Discord,

    /// <summary>A topic of ntfy.</summary>
    Ntfy,

    /// <summary>E-mail by SMTP.</summary>
    Email,
}

/// <summary>How a connection to a mail server is protected.</summary>
public enum MailSecurity
{
    /// <summary>STARTTLS, and no mail without it; usual on port 587.</summary>
    StartTls,

    /// <summary>TLS from the first byte; usual on port 465.</summary>
    Tls,

    /// <summary>No TLS: for a mail server on this machine.</summary>
    None,
}
