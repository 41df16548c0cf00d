// SPDX-License-Identifier: EUPL-1.2
package longeva;

import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.ReferenceValidation;
import eu.europa.esig.dss.model.signature.SignatureCryptographicVerification;
import eu.europa.esig.dss.pades.validation.PAdESSignature;
import eu.europa.esig.dss.pades.validation.PdfRevision;
import eu.europa.esig.dss.pdf.modifications.PdfModificationDetection;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.signature.AdvancedSignature;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.validation.analyzer.DefaultDocumentAnalyzer;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.evidencerecord.EvidenceRecord;
import eu.europa.esig.dss.spi.x509.tsp.TimestampToken;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Says what DSS finds in signed files and evidence records: the mathematics alone, no trust, no network.
 *
 * <p>A line in: the path of a file, the paths of what it signs and does not carry, the paths of certificates to
 * trust (so that a level can be told), separated by tabs, paths of one column by semicolons. A line out: one
 * JSON object. One JVM answers any number of lines.
 */
public final class Look {

  private Look() {}

  public static void main(String[] arguments) throws Exception {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      out.println(json(answer(line.split("\t", -1))));
    }
  }

  private static Map<String, Object> answer(String[] columns) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("file", columns[0]);
    try {
      look(columns, said);
    } catch (Throwable problem) { // an oracle must answer the next line too
      said.put("error", problem.toString());
    }
    return said;
  }

  private static void look(String[] columns, Map<String, Object> said) throws Exception {
    CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
    for (File each : files(columns, 2)) {
      trusted.addCertificate(DSSUtils.loadCertificate(each));
    }
    CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    verifier.setAIASource(null); // nothing is ever fetched
    verifier.setTrustedCertSources(trusted);
    DefaultDocumentAnalyzer analyzer =
        (DefaultDocumentAnalyzer) DefaultDocumentAnalyzer.fromDocument(new FileDocument(new File(columns[0])));
    analyzer.setCertificateVerifier(verifier);
    List<DSSDocument> contents = new ArrayList<>();
    for (File each : files(columns, 1)) {
      contents.add(new FileDocument(each));
    }
    analyzer.setDetachedContents(contents);
    analyzer.validate();
    List<Object> signatures = new ArrayList<>();
    for (AdvancedSignature each : analyzer.getSignatures()) {
      if (each.getMasterSignature() == null) {
        signatures.add(signature(each));
      }
    }
    List<Object> stamps = new ArrayList<>();
    for (TimestampToken each : analyzer.getDetachedTimestamps()) {
      stamps.add(stamp(each));
    }
    List<Object> records = new ArrayList<>();
    for (EvidenceRecord each : analyzer.getDetachedEvidenceRecords()) {
      records.add(evidence(each));
    }
    said.put("signatures", signatures);
    said.put("timestamps", stamps);
    said.put("evidence", records);
  }

  private static List<File> files(String[] columns, int column) {
    List<File> found = new ArrayList<>();
    if (columns.length > column) {
      for (String path : columns[column].split(";")) {
        if (!path.isBlank()) {
          found.add(new File(path));
        }
      }
    }
    return found;
  }

  private static Map<String, Object> signature(AdvancedSignature found) {
    SignatureCryptographicVerification checked = found.getSignatureCryptographicVerification();
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("form", found.getSignatureForm());
    said.put("level", found.getDataFoundUpToLevel());
    said.put("file", found.getFilename());
    said.put("references_found", checked.isReferenceDataFound());
    said.put("references_intact", checked.isReferenceDataIntact());
    said.put("value_intact", checked.isSignatureIntact());
    said.put("message", checked.getErrorMessage());
    List<Object> references = new ArrayList<>();
    for (ReferenceValidation each : found.getReferenceValidations()) {
      references.add(reference(each));
    }
    said.put("references", references);
    List<Object> stamps = new ArrayList<>();
    for (TimestampToken each : found.getAllTimestamps()) {
      stamps.add(stamp(each));
    }
    said.put("timestamps", stamps);
    said.put("certificates", found.getCertificates().size());
    said.put("crls", found.getCompleteCRLSource().getAllRevocationBinaries().size());
    said.put("ocsps", found.getCompleteOCSPSource().getAllRevocationBinaries().size());
    said.put("structure_errors", found.getStructureValidationResult());
    said.put("changes", found instanceof PAdESSignature ? changes(((PAdESSignature) found).getPdfRevision()) : null);
    List<Object> countersignatures = new ArrayList<>();
    for (AdvancedSignature each : found.getCounterSignatures()) {
      countersignatures.add(signature(each));
    }
    said.put("counter_signatures", countersignatures);
    return said;
  }

  private static Map<String, Object> evidence(EvidenceRecord found) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("type", found.getEvidenceRecordType());
    List<Object> references = new ArrayList<>();
    for (ReferenceValidation each : found.getReferenceValidation()) {
      references.add(reference(each));
    }
    said.put("references", references);
    List<Object> stamps = new ArrayList<>();
    for (TimestampToken each : found.getTimestamps()) {
      stamps.add(stamp(each));
    }
    said.put("timestamps", stamps);
    said.put("structure_errors", found.getStructureValidationResult());
    return said;
  }

  private static Map<String, Object> reference(ReferenceValidation found) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("type", found.getType());
    said.put("name", found.getUri());
    said.put("found", found.isFound());
    said.put("intact", found.isIntact());
    List<Object> entries = new ArrayList<>(); // of a manifest
    for (ReferenceValidation each : found.getDependentValidations()) {
      entries.add(reference(each));
    }
    said.put("entries", entries);
    return said;
  }

  private static Map<String, Object> stamp(TimestampToken found) {
    Map<String, Object> said = new LinkedHashMap<>();
    said.put("type", found.getTimeStampType());
    said.put("archive_type", found.getArchiveTimestampType());
    said.put("time", found.getGenerationTime().toInstant());
    said.put("imprint_found", found.isMessageImprintDataFound());
    said.put("imprint_intact", found.isMessageImprintDataIntact());
    said.put("signature_intact", found.isSignatureIntact());
    said.put("algorithm", found.getMessageImprint() == null ? null : found.getMessageImprint().getAlgorithm());
    said.put("file", found.getFilename());
    return said;
  }

  /** Forbidden changes after the signed revision; 0 where there is none. */
  private static Integer changes(PdfRevision revision) {
    PdfModificationDetection found = revision == null ? null : revision.getModificationDetection();
    if (found == null) {
      return 0;
    }
    int undefined =
        found.getObjectModifications() == null ? 0 : found.getObjectModifications().getUndefinedChanges().size();
    return undefined + found.getAnnotationOverlaps().size() + found.getPageDifferences().size()
        + found.getVisualDifferences().size();
  }

  private static String json(Object value) {
    if (value == null || value instanceof Boolean || value instanceof Number) {
      return String.valueOf(value);
    }
    if (value instanceof Map<?, ?> map) {
      List<String> parts = new ArrayList<>();
      map.forEach((key, each) -> parts.add(json(key) + ":" + json(each)));
      return "{" + String.join(",", parts) + "}";
    }
    if (value instanceof Collection<?> items) {
      List<String> parts = new ArrayList<>();
      for (Object each : items) {
        parts.add(json(each));
      }
      return "[" + String.join(",", parts) + "]";
    }
    return quoted(value.toString());
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char each : text.toCharArray()) {
      if (each == '"' || each == '\\') {
        out.append('\\').append(each);
      } else if (each < 32) {
        out.append(String.format("\\u%04x", (int) each));
      } else {
        out.append(each);
      }
    }
    return out.append('"').toString();
  }
}
